import {
  type Channel,
  channel,
  defineService,
  defineWorkflow,
  newService,
  Workflow,
} from "infinitic-serverless";
import { z } from "zod";

// #region service
const Card = z.object({ number: z.string().regex(/^\d{16}$/), owner: z.string() });
type Card = z.infer<typeof Card>;

export interface Bank {
  charge(card: Card, cents: number): Promise<string>;
}
export const Bank = defineService<Bank>("Bank", {
  charge: { args: z.tuple([Card, z.int().positive()]), result: z.string() },
});
// #endregion

// #region workflow
export interface Donation {
  run(card: Card): Promise<string>;
  amount: Channel<number>;
}
export const Donation = defineWorkflow<Donation>("Donation", {
  run: { args: z.tuple([Card]) },
  amount: z.int().min(100),
});
// #endregion

export class DonationV1 extends Workflow implements Donation {
  readonly amount = channel<number>();

  async run(card: Card) {
    return newService(Bank).charge(card, await this.amount.receive());
  }
}
