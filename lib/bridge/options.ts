import * as z from "zod";
import { SUBSCRIPTION } from "../core/protocol/topics.ts";
import { InfiniticError } from "../core/values/errors.ts";
import { triggerSchema } from "./triggers/trigger-options.ts";

const MB = 1024 * 1024;

const name = z.string().min(1);
const count = z.int().min(1);
const ms = z.int().min(0);

const isOnePerSubscription = (
  all: readonly { readonly topic: string; readonly subscription: string }[],
): boolean => new Set(all.map((one) => `${one.topic} ${one.subscription}`)).size === all.length;

const routeSchema = z.strictObject({
  topic: name,
  /** The durable subscription. */
  subscription: name.default(SUBSCRIPTION),
  type: z.enum(["key_shared", "shared", "failover"]),
  functionName: name,
  /** What the function speaks: this system's protocol, or that of AWS's stream events. */
  handler: z.enum(["infinitic", "stream"]).default("infinitic"),
  /** Attempts after which a message of a `stream` handler goes to its dead-letter topic. */
  maxAttempts: count.default(10),
  /** Above the function's own timeout. */
  timeoutMs: count,
  /** Most messages of one invocation. */
  batchSize: count.default(10),
  /** Most encoded bytes of an invocation's messages; one message is sent whatever its size. */
  batchBytes: count.max(4 * MB).default(MB),
  /** How long a batch that is not full waits for more. */
  lingerMs: ms.default(0),
  /** Most invocations of the function at once; where routes share a function, the largest counts. */
  maxConcurrency: count.default(100),
  /** Most messages held, those in flight included: beyond it the topic is not received. */
  maxHeld: count.default(1_000),
  /** Most bytes of messages held. */
  maxHeldBytes: count.default(64 * MB),
});

const timersSchema = z.strictObject({
  functionName: name,
  timeoutMs: count.default(70_000),
  intervalMs: count.default(60_000),
});

const optionsSchema = z.strictObject({
  routes: z
    .array(routeSchema)
    .refine(isOnePerSubscription, { error: "expected one route for each topic and subscription" }),
  /** Business topics whose messages start or signal workflows. */
  triggers: z
    .array(triggerSchema)
    .refine(isOnePerSubscription, {
      error: "expected a subscription of its own for each trigger of a topic",
    })
    .default([]),
  timers: timersSchema.optional(),
  /** Most invocations of all functions at once. */
  maxConcurrency: count.default(1_000),
  /** Most bytes of hints remembered. */
  hintBytes: ms.default(64 * MB),
  /** Most bytes of an encoded request; the platform's limit is 6 MB. */
  requestBytes: count.default(4 * MB),
  /** Invocations a message may kill, alone, before its code is no longer run. */
  maxDeaths: count.default(3),
  /** First and longest delay between attempts of the same thing, before jitter. */
  retry: z.strictObject({ minDelayMs: count.default(100), maxDelayMs: count.default(30_000) }).prefault({}),
  /** How long closing waits for what is in flight. */
  drainMs: ms.default(100_000),
});

/** What the bridge is told: see the schema's comments for each option. */
export type BridgeOptions = z.input<typeof optionsSchema>;

/** Options with every default filled in. */
export type CheckedOptions = z.output<typeof optionsSchema>;

/** From which topic to which function. */
export type Route = CheckedOptions["routes"][number];

/** The function that sweeps far wake-ups. */
export type TimersRoute = NonNullable<CheckedOptions["timers"]>;

/**
 * Checks options and fills in defaults.
 *
 * @throws InfiniticError `INVALID_OPTION` for a wrong value and for an unknown key
 */
export function checkOptions(options: unknown): CheckedOptions {
  const checked = optionsSchema.safeParse(options);
  if (checked.success) return checked.data;
  throw new InfiniticError(
    "INVALID_OPTION",
    `expected bridge options, got: ${z.prettifyError(checked.error)}`,
  );
}
