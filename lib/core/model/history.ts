import type { Command } from "../commands/command.ts";
import type { Caller } from "../protocol/messages.ts";
import type { Failure } from "../values/failure.ts";
import type { Hold } from "../values/hold.ts";
import type { CommandId } from "../values/ids.ts";
import type { Json, JsonObject } from "../values/json.ts";
import type { MessageHeaders } from "../values/message-headers.ts";
import type { Outcome } from "../values/outcome.ts";

/**
 * History: everything that durably happened to one run of an instance, oldest first.
 *
 * - An *event* came from outside (or from time passing); `at` is the instant that workflow code sees.
 * - A *command* is what workflow code did in answer to the event before it.
 * - An *ending* is how a method ended in answer to that event.
 *
 * Nothing else is remembered: state is a fold of these records, and replay reads only them.
 */
export type HistoryRecord = Event | Command | Ending;

/** An event that workflow code is told of. */
export type CodeEvent =
  | {
      readonly kind: "method-started";
      readonly at: number;
      readonly method: number;
      readonly methodId: string;
      readonly messageId: string;
      readonly name: string;
      readonly args: readonly Json[];
      readonly caller?: Caller;
      readonly headers?: MessageHeaders;
    }
  | {
      readonly kind: "signal-received";
      readonly at: number;
      readonly messageId: string;
      readonly channel: string;
      readonly value?: Json;
      readonly headers?: MessageHeaders;
      readonly undeclared?: true;
    }
  | {
      readonly kind: "task-completed";
      readonly at: number;
      readonly command: CommandId;
      readonly value?: Json;
      /** Of the client that completed it, when it was delegated. */
      readonly messageId?: string;
    }
  | {
      readonly kind: "task-failed";
      readonly at: number;
      readonly command: CommandId;
      readonly sequence: number;
      readonly attempt: number;
      readonly failure: Failure;
      /** Of the client that failed it, when it was delegated. */
      readonly messageId?: string;
    }
  | { readonly kind: "task-timed-out"; readonly at: number; readonly command: CommandId }
  | { readonly kind: "timer-fired"; readonly at: number; readonly command: CommandId }
  | {
      readonly kind: "child-ended";
      readonly at: number;
      readonly command: CommandId;
      readonly number: number;
      readonly outcome: Outcome;
    }
  | { readonly kind: "child-timed-out"; readonly at: number; readonly command: CommandId }
  | {
      readonly kind: "inline-completed";
      readonly at: number;
      readonly command: CommandId;
      readonly outcome: Outcome;
    };

/** An event of the engine's own, which workflow code never sees. */
export type EngineEvent =
  | {
      readonly kind: "instance-started";
      readonly at: number;
      readonly run: string;
      readonly version: number;
      /** The rules of the engine that the run follows; absent: 0, from before they were numbered. */
      readonly rules?: number;
      readonly tags?: readonly string[];
      readonly meta?: JsonObject;
      readonly customId?: string;
      readonly traceparent?: string;
    }
  | {
      readonly kind: "attempt-failed";
      readonly at: number;
      readonly command: CommandId;
      readonly sequence: number;
      readonly attempt: number;
      readonly failure: Failure;
      readonly retryAt: number;
      readonly meta?: JsonObject;
    }
  | {
      readonly kind: "attempt-due";
      readonly at: number;
      readonly command: CommandId;
      readonly sequence: number;
      readonly attempt: number;
    }
  | {
      readonly kind: "task-delegated";
      readonly at: number;
      readonly command: CommandId;
      readonly sequence: number;
      readonly attempt: number;
      readonly heartbeatMs?: number;
    }
  | {
      readonly kind: "heartbeat";
      readonly at: number;
      readonly messageId: string;
      readonly command: CommandId;
    }
  | {
      readonly kind: "cancel-requested";
      readonly at: number;
      readonly messageId: string;
      readonly methodId?: string;
    }
  | {
      /** A message to the instance as a whole that history must not hear twice; what it did follows. */
      readonly kind: "retry-requested" | "task-retry-requested" | "timers-completion-requested";
      readonly at: number;
      readonly messageId: string;
    }
  | {
      /** A start of the id that the instance has: whoever sent it hears of the first method's endings too. */
      readonly kind: "caller-attached";
      readonly at: number;
      readonly messageId: string;
      readonly caller: Caller;
      /** How often that method had ended by then: the caller is told of the last ending at once. */
      readonly endings: number;
    }
  | {
      /** A call that had waited and came to nothing: its caller is told. */
      readonly kind: "caller-answered";
      readonly at: number;
      readonly messageId: string;
      readonly caller: Caller;
      readonly outcome: Outcome;
    }
  | {
      /** A call of a method that the code does not have: its caller is told, and no method is begun. */
      readonly kind: "method-refused";
      readonly at: number;
      readonly messageId: string;
      readonly name: string;
      readonly failure: Failure;
      readonly caller?: Caller;
    }
  | {
      readonly kind: "signal-refused";
      readonly at: number;
      readonly messageId: string;
      readonly channel: string;
      readonly reason: string;
    }
  | { readonly kind: "method-retried"; readonly at: number; readonly method: number }
  | {
      readonly kind: "task-retried";
      readonly at: number;
      readonly command: CommandId;
      readonly sequence: number;
    }
  | { readonly kind: "child-canceled"; readonly at: number; readonly command: CommandId }
  | {
      readonly kind: "method-canceled";
      readonly at: number;
      readonly method: number;
      readonly number?: number;
    };

export type Event = CodeEvent | EngineEvent;

/**
 * How a method of the instance ended. `held` names the command whose failure was thrown and went through
 * uncaught: its delivery is undone (replays leave that await pending until the command's next outcome), so the
 * method is open and resumes when the outcome changes. `number` counts the endings of the method; 1 when absent.
 */
export type Ending =
  | {
      readonly kind: "method-completed";
      readonly method: number;
      readonly number?: number;
      readonly value?: Json;
    }
  | {
      readonly kind: "method-failed";
      readonly method: number;
      readonly number?: number;
      readonly failure: Failure;
      readonly held?: Hold;
      /** Of a `Promise.any`: what was held with it. The method goes on as soon as one of them all completes. */
      readonly heldToo?: readonly Hold[];
    };

const CODE_EVENTS: readonly string[] = [
  "method-started",
  "signal-received",
  "task-completed",
  "task-failed",
  "task-timed-out",
  "timer-fired",
  "child-ended",
  "child-timed-out",
  "inline-completed",
];

export function isCodeEvent(record: HistoryRecord): record is CodeEvent {
  return CODE_EVENTS.includes(record.kind);
}

export function isEnding(record: HistoryRecord): record is Ending {
  return record.kind === "method-completed" || record.kind === "method-failed";
}
