import type { Check } from "../core/contract/check.ts";
import { textOf } from "./api.ts";

/**
 * Asks whether a value fits, as it will be on the wire. It is sent as it is: what the schema makes of it is for the
 * receiver.
 *
 * @throws InfiniticError `SCHEMA_MISMATCH`, `INVALID_ARGUMENT`
 */
export async function admit(check: Check | undefined, value: unknown): Promise<void> {
  if (!check) return;
  const text = value === undefined ? undefined : textOf(value);
  await check.parse(text === undefined ? undefined : JSON.parse(text));
}
