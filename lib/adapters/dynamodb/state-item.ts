import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { InstanceKey, StateItem } from "../../ports/state-store.ts";
import type { Item } from "./item-size.ts";

const STATE = "S";

/** The partition of an instance: its state and its chunks. */
export function partitionOf({ workflow, workflowId }: InstanceKey): string {
  return `w#${workflow}#${workflowId}`;
}

/** The key of an instance's state. */
export function stateKey(key: InstanceKey): { pk: AttributeValue; sk: AttributeValue } {
  return { pk: { S: partitionOf(key) }, sk: { S: STATE } };
}

/** Writes a state as the table's item. */
export function toItem(key: InstanceKey, { v, body, status, expiresAt }: StateItem): Item {
  return {
    ...stateKey(key),
    v: { S: v },
    s: { B: body },
    st: { S: status },
    ...(expiresAt !== undefined && { x: { N: String(expiresAt) } }),
  };
}

/**
 * Reads a state from the table's item; undefined when there is none or it has expired: DynamoDB deletes it days
 * later.
 *
 * @param nowS epoch seconds
 */
export function fromItem(item: Item | undefined, nowS: number): StateItem | undefined {
  const v = item?.["v"]?.S;
  const body = item?.["s"]?.B;
  if (v === undefined || body === undefined) return undefined;
  const expiresAt = item?.["x"]?.N;
  if (expiresAt !== undefined && Number(expiresAt) <= nowS) return undefined;
  return {
    v,
    body,
    status: item?.["st"]?.S ?? "",
    ...(expiresAt !== undefined && { expiresAt: Number(expiresAt) }),
  };
}
