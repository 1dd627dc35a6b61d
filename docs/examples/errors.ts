import {
  defineService,
  defineWorkflow,
  type InfiniticClient,
  newService,
  RemoteError,
  TaskFailedError,
  Workflow,
  WorkflowCanceledError,
  WorkflowFailedError,
  WorkflowTimedOutError,
} from "infinitic-serverless";

export interface Cards {
  charge(card: string, cents: number): Promise<string>;
}
export const Cards = defineService<Cards>("Cards");

export interface Seats {
  reserve(seat: string): Promise<string>;
  release(seat: string): Promise<void>;
}
export const Seats = defineService<Seats>("Seats");

// #region custom
export class DeclinedError extends Error {
  override readonly name = "DeclinedError";
  readonly limit: number;

  constructor(limit: number) {
    super("the card was declined");
    this.limit = limit;
  }
}
// #endregion

export interface Ticket {
  caught(card: string): Promise<string>;
  uncaught(card: string): Promise<string>;
  compensated(card: string, seat: string): Promise<string>;
}
export const Ticket = defineWorkflow<Ticket>("Ticket");

export class TicketV1 extends Workflow implements Ticket {
  private readonly cards = newService(Cards);
  private readonly seats = newService(Seats);

  // #region caught
  async caught(card: string) {
    try {
      return await this.cards.charge(card, 4_500);
    } catch (error) {
      if (!(error instanceof TaskFailedError)) throw error;
      const { cause } = error; // what the last attempt threw
      if (cause instanceof RemoteError && cause.name === "DeclinedError") {
        return `declined above ${cause.properties["limit"]}`;
      }
      return `${error.service}.${error.method} failed`; // Cards.charge failed
    }
  }
  // #endregion

  async uncaught(card: string) {
    return this.cards.charge(card, 4_500);
  }

  // #region compensated
  async compensated(card: string, seat: string) {
    await this.seats.reserve(seat);
    try {
      return await this.cards.charge(card, 4_500);
    } catch (error) {
      await this.seats.release(seat);
      throw error;
    }
  }
  // #endregion
}

export async function outcome(client: InfiniticClient, id: string) {
  // #region client
  try {
    return await client.newWorkflow(Ticket, { id, timeout: "10s" }).uncaught("4000");
  } catch (error) {
    if (error instanceof WorkflowFailedError) return `failed: ${error.cause}`;
    if (error instanceof WorkflowCanceledError) return "canceled";
    if (error instanceof WorkflowTimedOutError) return "it goes on, but this client no longer waits";
    throw error; // the call itself went wrong: an InfiniticError with its `code`
  }
  // #endregion
}

export async function resumed(client: InfiniticClient, id: string) {
  // #region resume
  const ticket = client.getWorkflowById(Ticket, id);
  await ticket.retryTasks({ status: "failed" }); // once the service is repaired
  const payment = await ticket.result(); // the new outcome
  // #endregion
  return payment;
}
