import { createHash } from "node:crypto";
import type { HistoryRecord } from "../core/model/history.ts";
import type { OutboxEntry } from "../core/model/outbox.ts";
import type { UncaughtView } from "../core/model/view.ts";
import type { Hint } from "../core/protocol/invocation.ts";
import type { Caller, InstanceMessage } from "../core/protocol/messages.ts";
import { InfiniticError } from "../core/values/errors.ts";
import type { Failure } from "../core/values/failure.ts";
import type { InstanceKey, StateItem } from "../ports/state-store.ts";
import { decode, encode } from "./codec.ts";

/**
 * Makes a text that nobody can guess, for each body that is written. Where bodies are encrypted, tokens and nonces,
 * which are hashes of what they were before, must not tell whether a guess at it is right.
 */
export type Salt = () => string;

/** The format number that this version writes. */
const TIP_FORMAT = 1;

/** Why an instance's code cannot be run, and when that is tried again. */
export interface Stopped {
  readonly failure: Failure;
  readonly attempts: number;
  readonly retryAt: number;
}

/** A call of a method whose instance did not start in time: it is refused for good, also if that starts later. */
export interface RefusedCall {
  readonly id: string;
  readonly at: number;
  readonly method: string;
  readonly caller: Caller;
}

/** What the state item holds: the end of the history, and where the rest of it is. */
export interface Tip {
  readonly format: number;
  readonly workflow: string;
  readonly workflowId: string;
  /** Absent while only early messages wait for a start. */
  readonly run?: string;
  /** How many records, and how many chunks, come before `tail`; `lastChunk` is the nonce of the last one. */
  readonly chunked?: { readonly records: number; readonly chunks: number; readonly lastChunk: string };
  readonly tail: readonly HistoryRecord[];
  readonly outbox: readonly OutboxEntry[];
  readonly nextEntry: number;
  /** The instant of the wake-up that is on its way. */
  readonly armed?: number;
  /** Messages that wait for a start, or for the code to run again. */
  readonly waiting?: readonly InstanceMessage[];
  /** Calls that came before the start, and waited for it too long. */
  readonly refused?: readonly RefusedCall[];
  readonly stopped?: Stopped;
  /** The last errors that the run's code threw where nobody could catch them. */
  readonly uncaught?: readonly UncaughtView[];
  /** Hashes of the messages that the runs before have heard, oldest first. */
  readonly heard?: readonly string[];
  /** Means nothing: see {@link Salt}. */
  readonly salt?: string;
}

/** Encodes a tip and makes its version token: a counter, and a hash that ties the token to this body. */
export function encodeTip(tip: Tip, previous: string | undefined): Pick<StateItem, "v" | "body"> {
  const body = encode(tip);
  const counter = previous === undefined ? 0 : Number.parseInt(previous, 10);
  return { v: `${counter + 1}.${hashOf(body)}`, body };
}

/**
 * Decodes the tip of an instance.
 *
 * @throws InfiniticError `STATE_CORRUPT`, `MESSAGE_FORMAT_TOO_NEW` (written by a later version: must wait)
 */
export function decodeTip(key: InstanceKey, body: Uint8Array): Tip {
  const tip = decode(body) as Tip;
  if (tip.format > TIP_FORMAT) {
    throw new InfiniticError(
      "MESSAGE_FORMAT_TOO_NEW",
      `expected a state of format ${TIP_FORMAT} or older, got format ${tip.format}: deploy the version that wrote it`,
    );
  }
  if (tip.workflow !== key.workflow || tip.workflowId !== key.workflowId) {
    throw new InfiniticError(
      "STATE_CORRUPT",
      `expected the state of ${key.workflow} ${key.workflowId}, got that of ${tip.workflow} ${tip.workflowId}`,
    );
  }
  return tip;
}

/** A new tip's fixed part. */
export function tipHead({
  workflow,
  workflowId,
}: InstanceKey): Pick<Tip, "format" | "workflow" | "workflowId"> {
  return { format: TIP_FORMAT, workflow, workflowId };
}

/** Reads a hint; undefined when it is not what its token says, or of another instance (I2). */
export function readHint(
  key: InstanceKey,
  hint: Hint,
): { readonly v: string; readonly tip: Tip } | undefined {
  const body = Buffer.from(hint.state, "base64");
  if (hint.v.slice(hint.v.indexOf(".") + 1) !== hashOf(body)) return undefined;
  try {
    return { v: hint.v, tip: decodeTip(key, body) };
  } catch {
    return undefined;
  }
}

/** Makes the hint of a committed item. */
export function hintOf(item: Pick<StateItem, "v" | "body">): Hint {
  return { v: item.v, state: Buffer.from(item.body).toString("base64") };
}

function hashOf(body: Uint8Array): string {
  return createHash("sha1").update(body).digest("base64url").slice(0, 12);
}
