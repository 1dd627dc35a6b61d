import {
  type Channel,
  channel,
  condition,
  defineService,
  defineWorkflow,
  getWorkflowById,
  type InfiniticClient,
  inline,
  newService,
  type Query,
  query,
  Workflow,
  workflowContext,
  workflowFunction,
} from "infinitic-serverless";

export interface Stock {
  reserve(item: string, count: number): Promise<number>;
}
export const Stock = defineService<Stock>("Stock");

// #region contract
export interface Basket {
  open(): Promise<{ items: readonly string[]; seal: string }>;
  add(item: string, count: number): Promise<number>;
  checkout: Channel<null>;
  total: Query<() => number>;
}
export const Basket = defineWorkflow<Basket>("Basket");
// #endregion

// #region class
export class BasketV1 extends Workflow implements Basket {
  readonly checkout = channel<null>();
  readonly total = query(() => this.cents);
  private readonly stock = newService(Stock);
  private readonly items: string[] = []; // properties: shared by all methods, restored by replay
  private cents = 0;

  async open() {
    await this.checkout.receive();
    return { items: this.items, seal: await this.seal() };
  }

  async add(item: string, count: number) {
    this.cents += await this.stock.reserve(item, count); // a task
    this.items.push(`${count} × ${item}`);
    return this.cents;
  }

  private async seal() {
    const text = this.items.join();
    return inline(async () => {
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
      return Buffer.from(digest).toString("hex");
    });
  }
}

export const handler = workflowFunction(Basket, BasketV1);
// #endregion

export async function shopping(client: InfiniticClient) {
  // #region client
  const flow = await client.newWorkflow(Basket, { id: "basket-7" }).dispatch.open();
  const basket = client.getWorkflowById(Basket, "basket-7");
  await basket.add("pen", 2); // runs a second method on the instance, and waits for its result
  await basket.dispatch.add("ink", 1); // the same, without waiting
  const total = await basket.query.total();
  await basket.checkout.send(null);
  const { items } = await flow.result();
  // #endregion
  return { total, items };
}

export interface Diary {
  run(): Promise<string>;
  note(text: string): Promise<void>;
}
export const Diary = defineWorkflow<Diary>("Diary");

export class DiaryV1 extends Workflow implements Diary {
  // #region self
  private readonly self = getWorkflowById(Diary, workflowContext().workflowId);
  private readonly notes: string[] = [];

  async run() {
    const branch = this.self.note("second"); // runs beside this method
    this.notes.push("first");
    await branch;
    return this.notes.join(", ");
  }
  // #endregion

  async note(text: string) {
    this.notes.push(text);
  }
}

export interface Press {
  run(pages: number): Promise<string>;
  print(page: string): Promise<void>;
}
export const Press = defineWorkflow<Press>("Press");

export class PressV1 extends Workflow implements Press {
  // #region condition
  private readonly stock = newService(Stock);
  private printed = 0;
  private isBusy = false;

  async run(pages: number) {
    const isDone = await condition(() => this.printed >= pages, { timeout: "1h" });
    return isDone ? "done" : `${this.printed} after an hour`;
  }

  async print(page: string) {
    await condition(() => !this.isBusy); // one page at a time, in the order of asking
    this.isBusy = true;
    await this.stock.reserve(page, 1);
    this.isBusy = false;
    this.printed += 1;
  }
  // #endregion
}

export interface Dice {
  run(): Promise<{ at: string; rolled: number; id: string }>;
  foreign(): Promise<string>;
}
export const Dice = defineWorkflow<Dice>("Dice");

export class DiceV1 extends Workflow implements Dice {
  // #region determinism
  async run() {
    return {
      at: new Date().toISOString(), // the instant of the event that is being handled
      rolled: 1 + Math.floor(Math.random() * 6), // the same whenever the instance is replayed
      id: crypto.randomUUID(),
    };
  }
  // #endregion

  // #region foreign
  async foreign() {
    const response = await fetch("https://example.com"); // NotDeterministicError: use a task, or inline()
    return response.text();
  }
  // #endregion
}
