import type { Handler } from "../../lib/adapters/memory/function-invoker.ts";
import { MemoryPayloadStore } from "../../lib/adapters/memory/payload-store.ts";
import type { Hint, InvocationRequest, KeyContext } from "../../lib/core/protocol/invocation.ts";
import { type InstanceMessage, MESSAGE_FORMAT } from "../../lib/core/protocol/messages.ts";
import { LiveInstance } from "../../lib/engine/live-instance.ts";
import { accept } from "../../lib/engine/step/accept.ts";
import { DEFAULT_RETENTION } from "../../lib/engine/step/retention.ts";
import { versionsOf } from "../../lib/engine/workflow-handler.ts";
import { Payloads } from "../../lib/instance/payloads.ts";
import { decodeTip, encodeTip, hintOf } from "../../lib/instance/tip.ts";
import type { InstanceKey, StateItem } from "../../lib/ports/state-store.ts";
import { WORKFLOWS } from "./itinerary.ts";
import type { Ledger } from "./ledger.ts";
import type { Wrap } from "./life.ts";

/** Makes a hint from all that was ever committed; undefined when nothing fitting was. */
type Forge = (key: InstanceKey, ledger: Ledger) => Promise<Hint | undefined> | Hint | undefined;

const itemsOf = ({ workflow, workflowId }: InstanceKey, ledger: Ledger): readonly StateItem[] =>
  ledger.items.get(`${workflow} ${workflowId}`)?.items ?? [];

const hintIfAny = (item: StateItem | undefined): Hint | undefined => item && hintOf(item);

/** The newest item, as something that its code did after a message that was never sent. */
async function future(key: InstanceKey, ledger: Ledger, message: object): Promise<Hint | undefined> {
  const item = ledger.latest(key);
  if (item === undefined) return undefined;
  const tip = decodeTip(key, item.body);
  const instance = new LiveInstance(key, item.v, tip);
  const { state } = instance;
  if (state === undefined) return undefined;
  const classes = WORKFLOWS.find(({ definition }) => definition.name === key.workflow)?.classes ?? [];
  const head = { format: MESSAGE_FORMAT, id: "forged", at: state.now, ...key, run: state.key.run };
  const pending = [...state.commands.values()].find(({ status }) => status === "pending");
  const command = pending?.command.id ?? "none";
  await accept(instance, { ...head, command, ...message } as InstanceMessage, {
    versions: versionsOf(key.workflow, classes),
    payloads: new Payloads(new MemoryPayloadStore()),
    now: state.now,
    run: true,
    retention: DEFAULT_RETENTION,
  });
  return hintOf({ ...item, ...encodeTip(instance.tip(), item.v) });
}

/** The newest item of another instance of the workflow. */
function ofAnother(key: InstanceKey, ledger: Ledger): { key: InstanceKey; item: StateItem } | undefined {
  const other = [...ledger.items.values()].find(
    (life) => life.key.workflow === key.workflow && life.key.workflowId !== key.workflowId,
  );
  const item = other?.items.at(-1);
  return other && item && { key: other.key, item };
}

/** Hints that are wrong in every way there is. */
export const WRONG_HINTS: { readonly [kind: string]: Forge } = {
  "that is as old as can be": (key, ledger) => hintIfAny(itemsOf(key, ledger)[0]),
  "that is one commit old": (key, ledger) => hintIfAny(itemsOf(key, ledger).at(-2)),
  "of another key": (key, ledger) => hintIfAny(ofAnother(key, ledger)?.item),
  "of an earlier life of the id": (key, ledger) => {
    const other = ofAnother(key, ledger);
    if (other === undefined) return undefined;
    const tip = decodeTip(other.key, other.item.body);
    return hintOf({ ...other.item, ...encodeTip({ ...tip, ...key }, other.item.v) });
  },
  "with a flipped bit": (key, ledger) => {
    const item = ledger.latest(key);
    if (item === undefined) return undefined;
    const body = Buffer.from(item.body);
    body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1;
    return hintOf({ ...item, body });
  },
  "with the token of the newest item and the state of an older one": (key, ledger) => {
    const items = itemsOf(key, ledger);
    const [newest, older] = [items.at(-1), items.at(-2)];
    return newest && older && hintOf({ ...older, v: newest.v });
  },
  "with the newest counter and the state of an older item": (key, ledger) => {
    const items = itemsOf(key, ledger);
    const [newest, older] = [items.at(-1), items.at(-2)];
    if (newest === undefined || older === undefined) return undefined;
    return hintOf({ ...older, v: `${Number.parseInt(newest.v, 10)}.${older.v.split(".")[1]}` });
  },
  "of a future that was never committed": (key, ledger) =>
    future(key, ledger, { kind: "task-completed", value: "forged" }),
  "that says that the instance has ended": (key, ledger) => future(key, ledger, { kind: "cancel" }),
  "that says that an early instance awaits its start": (key) => {
    const instance = new LiveInstance(key, undefined);
    return hintOf(encodeTip(instance.tip(), "7.forged"));
  },
};

/** Gives every request of a workflow function a forged hint instead of what the bridge knows. */
export function withHints(forge: Forge): (ledger: Ledger) => Wrap {
  return (ledger) =>
    (name, handler): Handler => {
      const workflow = name.startsWith("workflow-") ? name.slice("workflow-".length) : undefined;
      if (workflow === undefined) return handler;
      return async (event, context) => {
        const request = event as InvocationRequest;
        const keys: { [key: string]: KeyContext } = {};
        for (const { key = "" } of request.records) {
          const { hint: _hint, ...rest } = request.keys?.[key] ?? {};
          const forged = await forge({ workflow, workflowId: key }, ledger);
          keys[key] = { ...rest, ...(forged && { hint: forged }) };
        }
        return handler({ ...request, keys } as never, context);
      };
    };
}
