import * as z from "zod";
import { isName } from "../../core/values/ids.ts";

const MB = 1024 * 1024;

const text = z.string().min(1);
const count = z.int().min(1);
const workflow = z.string().refine(isName, { error: "expected the name of a workflow" });

const ofAll = {
  topic: text,
  /** The durable subscription: each trigger has one of its own. */
  subscription: text,
  type: z.enum(["key_shared", "shared", "failover"]).default("key_shared"),
  /** Where the workflow id is in a message's JSON: names of properties, joined by dots. */
  id: text,
  workflow,
  /** Most messages carried at once: of one key, one. */
  maxConcurrency: count.default(100),
  /** Most messages held: beyond it the topic is not received. */
  maxHeld: count.default(1_000),
  /** Most bytes of messages held. */
  maxHeldBytes: count.default(64 * MB),
};

/** Of a trigger: what each message of a business topic does to a workflow. */
export const triggerSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("start"), ...ofAll, method: text.default("run") }),
  z.strictObject({ kind: z.literal("signal"), ...ofAll, channel: text }),
]);

/** From which topic to which workflow. */
export type Trigger = z.output<typeof triggerSchema>;
