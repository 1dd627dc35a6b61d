import type { Hint, InvocationRequest, KeyContext } from "../../lib/core/protocol/invocation.ts";
import { hintOf } from "../../lib/instance/tip.ts";
import type { StateItem } from "../../lib/ports/state-store.ts";
import type { Ledger } from "./ledger.ts";
import type { World } from "./world.ts";

/** Makes a wrong hint from all that was ever written or tried to be; undefined: none at all. */
type Forge = (
  items: readonly StateItem[],
  others: readonly StateItem[],
) => Pick<StateItem, "v" | "body"> | undefined;

const FORGES: { readonly [kind: string]: Forge } = {
  missing: () => undefined,
  "as old as can be": ([first]) => first,
  "of the last write that was tried, whether or not it was committed": (items) => items.at(-1),
  "one write old": (items) => items.at(-2),
  "of another key": (_items, others) => others.at(-1),
  "with a flipped bit": (items) => {
    const item = items.at(-1);
    if (item === undefined) return undefined;
    const body = Uint8Array.from(item.body);
    const middle = body.length >> 1;
    body[middle] = (body[middle] ?? 0) ^ 1;
    return { ...item, body };
  },
  "with the newest token and an older state": (items) => {
    const [older, newest] = [items.at(-2), items.at(-1)];
    return older && newest && { v: newest.v, body: older.body };
  },
};

/** Puts wrong hints into a workflow function's request, where the seed wants it. */
export function withWrongHints(
  request: InvocationRequest,
  workflow: string,
  { world, ledger }: { readonly world: World; readonly ledger: Ledger },
): InvocationRequest {
  const keys: { [key: string]: KeyContext } = { ...request.keys };
  for (const key of new Set(request.records.map((record) => record.key ?? ""))) {
    if (!world.faults.strikes("hint is wrong", `${workflow} ${key}`)) continue;
    const kind = world.chance.pick(`kind of hint ${key}`, Object.keys(FORGES));
    world.log(`hint ${kind} for ${workflow} ${key}`);
    const items = ledger.items.get(`${workflow} ${key}`) ?? [];
    const others = [...ledger.items].flatMap(([name, all]) => (name === `${workflow} ${key}` ? [] : all));
    const forged = FORGES[kind]?.(items, others);
    const { hint: _hint, ...rest } = keys[key] ?? {};
    keys[key] = { ...rest, ...(forged && { hint: hintOf(forged) satisfies Hint }) };
  }
  return { ...request, keys };
}
