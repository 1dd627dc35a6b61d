import type { Exchanged } from "../exchange.ts";
import { refusalError, unavailableError } from "./store-error.ts";
import type { WireItem } from "./wire.ts";

/** What an operation answers: those of these that it has. */
export interface Answer {
  /** `condition-failed`: nothing was written; `Item`, if DynamoDB tells, is what stood in the way. */
  readonly kind: "done" | "condition-failed";
  readonly Item?: WireItem;
  readonly Items?: readonly WireItem[];
  readonly LastEvaluatedKey?: WireItem;
  readonly UnprocessedItems?: { readonly [table: string]: readonly unknown[] };
  /** A list for a batch, which might be of several tables. */
  readonly ConsumedCapacity?: Capacity | readonly Capacity[];
}

interface Capacity {
  readonly CapacityUnits?: number;
}

/** Returns what an operation that was asked for its `TOTAL` consumed. */
export function consumedUnits({ ConsumedCapacity = [] }: Answer): number {
  return [ConsumedCapacity].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

/** An error as DynamoDB writes it. */
interface Fault {
  /** `<namespace>#<name>`. */
  readonly __type?: string;
  readonly message?: string;
  readonly Message?: string;
  readonly Item?: WireItem;
}

/** @throws InfiniticError as {@link refusalError} and {@link unavailableError} tell */
export function readAnswer(exchanged: Exchanged): Answer {
  if (exchanged.kind === "timed-out") throw unavailableError("it took too long");
  if (exchanged.kind === "unavailable") throw unavailableError(exchanged.message);
  const { status, body } = exchanged;
  const answer = parse(body);
  if (status === 200 && answer !== undefined) return { ...answer, kind: "done" };
  const { __type = "", message, Message, Item } = answer ?? {};
  const name = __type.slice(__type.indexOf("#") + 1);
  if (name === "ConditionalCheckFailedException") return { kind: "condition-failed", ...(Item && { Item }) };
  throw refusalError({
    status: status === 200 ? 502 : status,
    name,
    message: message ?? Message ?? body.slice(0, 200),
  });
}

/** Undefined when it is no JSON: a proxy's page, or an answer cut short. */
function parse(body: string): (Omit<Answer, "kind"> & Fault) | undefined {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
