import type { KeyContext } from "../../core/protocol/invocation.ts";
import type { InstanceMessage } from "../../core/protocol/messages.ts";
import type { Outgoing } from "../../core/protocol/outgoing.ts";
import type { ErrorCode } from "../../core/values/errors.ts";
import type { InstanceKey, StateItem } from "../../ports/state-store.ts";
import type { EngineParts } from "../engine-parts.ts";
import type { LiveInstance } from "../live-instance.ts";
import type { UsageMeter } from "../usage-meter.ts";

/** What a step is given: messages for one instance, in order. */
export interface Step {
  readonly parts: EngineParts;
  readonly key: InstanceKey;
  readonly messages: readonly InstanceMessage[];
  /** What the bridge knows of the key, and whether workflow code may run. */
  readonly context: KeyContext & { readonly run: boolean };
  readonly meter: UsageMeter;
}

/** Where an attempt at a step begins. */
export interface Base {
  readonly instance: LiveInstance;
  /** Whether a consistent read has just said so (I2). */
  readonly isConfirmed: boolean;
  /** Whether what the messages made of the instance did not fit its item. */
  readonly isOverfull?: boolean;
}

/** A message that can never be handled. */
export interface ParkedMessage {
  readonly index: number;
  readonly code: ErrorCode;
  readonly reason: string;
}

/** What messages have become, in memory. */
export interface Applied {
  readonly kind: "applied";
  readonly instance: LiveInstance;
  /** Of each message that was handled: those beyond are to be sent again. */
  readonly answers: readonly (readonly Outgoing[])[];
  /** Those, and what had waited before: each is done, unless it waits now. */
  readonly handled: readonly InstanceMessage[];
  readonly farWakes: readonly Outgoing[];
  readonly parked: readonly ParkedMessage[];
  /** Whether the value of a message was not found: it may have been recorded and deleted since the state was read. */
  readonly hasMissed?: boolean;
}

/** The outbox is to be published first (I4). */
export interface Flush {
  readonly kind: "flush";
  readonly instance: LiveInstance;
}

/** The step is done, and committed if there was anything to write. */
export interface Done {
  readonly kind: "done";
  readonly instance: LiveInstance;
  /** The committed item; undefined when nothing had to be written. */
  readonly item?: StateItem;
  /** Per message, answers that stand in no outbox. Messages beyond are to be sent again. */
  readonly answers: readonly (readonly Outgoing[])[];
  readonly parked: readonly ParkedMessage[];
}

/** How a step of one key ended. `contended`: other writers won each time. */
export type StepResult = Done | Flush | { readonly kind: "contended" };

/** How one attempt at a step ended. */
export type Attempt =
  | Done
  | Flush
  /** What was concluded would write nothing, from a state that no consistent read has confirmed (I2). */
  | { readonly kind: "unconfirmed" }
  /** Another writer was faster: all that was computed is thrown away. */
  | { readonly kind: "overtaken"; readonly instance: LiveInstance }
  /** The item would be too large (I10). */
  | { readonly kind: "overfull" };
