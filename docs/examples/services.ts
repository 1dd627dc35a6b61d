import { defineService, exponentialBackoff, serviceFunction } from "infinitic-serverless";

// #region contract
export interface Parcels {
  /** Packs what was ordered and gives the parcel's number. */
  pack(orderId: string, items: readonly string[]): Promise<string>;
  weigh(parcel: string): Promise<{ grams: number }>;
}
export const Parcels = defineService<Parcels>("Parcels");
// #endregion

// #region implementation
export class Warehouse implements Parcels {
  readonly #grams = new Map<string, number>();

  async pack(orderId: string, items: readonly string[]) {
    const parcel = `parcel-${orderId}`;
    this.#grams.set(parcel, items.length * 250);
    return parcel;
  }

  async weigh(parcel: string) {
    const grams = this.#grams.get(parcel);
    if (grams === undefined) throw new Error(`no parcel ${parcel} here`);
    return { grams };
  }
}
// #endregion

// #region function
export const handler = serviceFunction(Parcels, new Warehouse(), {
  retry: exponentialBackoff({ maxRetries: 5 }),
  timeout: "20s", // of one attempt
});
// #endregion

export async function invokedDirectly(): Promise<unknown> {
  // #region direct
  await handler({ method: "pack", args: ["42", ["pen", "ink"]] });
  const weight = await handler({ method: "weigh", args: ["parcel-42"] });
  // #endregion
  return weight;
}
