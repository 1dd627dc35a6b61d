import { KeySharedSubscription } from "./key-shared-subscription.ts";

/** Gives all messages to one consumer, in order; to another when that one is gone. */
export class FailoverSubscription extends KeySharedSubscription {
  protected override keyOf(): string {
    return "";
  }
}
