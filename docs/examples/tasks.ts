import {
  defineService,
  defineWorkflow,
  type InfiniticClient,
  newService,
  taskContext,
  Workflow,
} from "infinitic-serverless";

export interface Shop {
  price(item: string): Promise<number>;
  reserve(item: string): Promise<string>;
  charge(cents: number): Promise<string>;
}
export const Shop = defineService<Shop>("Shop");

export interface Catalogue {
  load(pages: number): Promise<number>;
}
export const Catalogue = defineService<Catalogue>("Catalogue");

export interface Purchase {
  one(item: string): Promise<string>;
  several(items: readonly string[]): Promise<readonly string[]>;
  labeled(item: string): Promise<string>;
}
export const Purchase = defineWorkflow<Purchase>("Purchase");

export class PurchaseV1 extends Workflow implements Purchase {
  private readonly shop = newService(Shop);

  // #region calls
  async one(item: string) {
    const cents = await this.shop.price(item); // synchronous: goes on with the result
    const payment = this.shop.charge(cents); // asynchronous: goes on at once
    const reservation = await this.shop.reserve(item);
    return `${reservation}, ${await payment}`; // waits for the payment, if it is not there yet
  }

  async several(items: readonly string[]) {
    return Promise.all(items.map((item) => this.shop.reserve(item))); // in parallel
  }
  // #endregion

  async labeled(item: string) {
    // #region options
    const shop = newService(Shop, {
      timeout: "1h", // from dispatch to outcome, retries included
      tags: ["priority"],
      meta: { tenant: "acme" },
    });
    // #endregion
    return shop.reserve(item);
  }
}

export async function outside(client: InfiniticClient) {
  // #region outside
  const shop = client.newService(Shop, { timeout: "1h" });
  const payment = await shop.charge(990); // dispatches a task, and waits for its result
  const task = await shop.dispatch.charge(1_990); // only dispatches it
  const later = await task.result({ timeout: "5m" });
  // #endregion
  return [payment, later];
}

/** A payment provider that does not charge twice for one idempotency key. */
export const provider = {
  charges: new Map<string, number>(),
  async charge(cents: number, { idempotencyKey }: { idempotencyKey: string }) {
    this.charges.set(idempotencyKey, cents);
    return `payment of ${cents}`;
  },
};

export class OnlineShop implements Shop {
  async price(item: string) {
    return item.length * 100;
  }

  async reserve(item: string) {
    const { tags, meta } = taskContext();
    return [item, ...tags, ...Object.values(meta)].join(" for ");
  }

  // #region idempotency
  async charge(cents: number) {
    const { taskId, attempt } = taskContext();
    const payment = await provider.charge(cents, { idempotencyKey: taskId });
    if (attempt === 0) throw new Error("the connection broke after the charge"); // the next charges nothing
    return payment;
  }
  // #endregion
}

export class PagedCatalogue implements Catalogue {
  readonly loaded: number[] = [];

  // #region meta
  async load(pages: number) {
    const { meta, lastFailure } = taskContext();
    if (lastFailure) console.log(`going on after: ${lastFailure.message}`);
    for (let page = Number(meta["next"] ?? 0); page < pages; page++) {
      await this.loadPage(page);
      meta["next"] = page + 1; // should an attempt fail, the next goes on here
    }
    return pages;
  }
  // #endregion

  private async loadPage(page: number) {
    if (page === 2 && taskContext().attempt === 0) throw new Error(`page ${page} is missing`);
    this.loaded.push(page);
  }
}

export interface Loading {
  run(pages: number): Promise<number>;
}
export const Loading = defineWorkflow<Loading>("Loading");

export class LoadingV1 extends Workflow implements Loading {
  async run(pages: number) {
    return newService(Catalogue).load(pages);
  }
}
