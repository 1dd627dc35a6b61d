/**
 * The protocol between the bridge and a function: one request carries messages for many keys, one reply
 * carries what to publish before they are acknowledged.
 *
 * The bridge never reads a payload: routing needs only the topic and the key.
 */

import type { Failure } from "../values/failure.ts";
import type { Json } from "../values/json.ts";

/** One broker message handed to a function. Records of one key are a contiguous run, in order. */
export interface InvocationRecord {
  /** The broker's message id, unique in the request; replies refer to it. */
  readonly id: string;
  readonly key?: string;
  /** The message, JSON text as it stood in the broker. */
  readonly payload: string;
}

/** A guess at an instance's committed state: its version token and its encoded body (base64). */
export interface Hint {
  readonly v: string;
  readonly state: string;
}

/** Outbox entries of one run whose emits all have broker receipts. */
export interface Published {
  readonly run: string;
  readonly entries: readonly number[];
}

/** What the bridge knows about one key; all of it optional, none of it trusted. */
export interface KeyContext {
  readonly hint?: Hint;
  readonly published?: Published;
  /** The last reply's `more`, sent back with the same records once its emits have receipts. */
  readonly resume?: string;
}

/** A batch of messages for one function. */
export interface InvocationRequest {
  readonly kind: "messages";
  readonly records: readonly InvocationRecord[];
  readonly keys?: { readonly [key: string]: KeyContext };
  /** Workflow functions: false commits the messages without running workflow code (it has killed invocations). */
  readonly run?: boolean;
  /** Service functions: the record killed every invocation it was in; only evaluate its retry policy. */
  readonly died?: boolean;
}

/** A message to publish. With `deliverAt` (epoch ms) it goes through the `delayed` topic. */
export interface Emit {
  /** The id of the record that caused it: acknowledged only after this emit's receipt. */
  readonly cause: string;
  readonly topic: string;
  readonly key?: string;
  readonly payload: string;
  readonly deliverAt?: number;
}

/** What a reply says about one key. */
export interface KeyReply {
  /** Absent when the state is too large to carry or the instance has ended. */
  readonly hint?: Hint;
  /** The outbox entries that this reply's emits complete. */
  readonly entries?: Published;
  /** More is to come: publish these emits, then send the same records again with this text as `resume`. Opaque. */
  readonly more?: string;
}

/** A record that can never be processed: it goes to `dlq:<name>` with its reason. */
export interface Parked {
  readonly id: string;
  readonly code: string;
  readonly reason: string;
}

/** A record to try again, as in AWS's partial batch responses; the rest of its key fails with it. */
export interface ItemFailure {
  readonly itemIdentifier: string;
  readonly reason?: string;
}

/** Storage work done by an invocation, in DynamoDB units. */
export interface Usage {
  readonly commits: number;
  readonly writeUnits: number;
  readonly readUnits: number;
}

/** A function's answer to an {@link InvocationRequest}. */
export interface InvocationReply {
  readonly emits: readonly Emit[];
  readonly batchItemFailures: readonly ItemFailure[];
  readonly parked?: readonly Parked[];
  readonly keys?: { readonly [key: string]: KeyReply };
  readonly usage?: Usage;
}

/** Asks a workflow function for a query's answer. */
export interface QueryRequest {
  readonly kind: "query";
  readonly workflowId: string;
  readonly query: string;
  readonly args: readonly Json[];
}

/** Asks a workflow function what can be called, sent to and asked: of any version of its class. */
export interface MembersRequest {
  readonly kind: "members";
}

/** The names of a workflow class's members. */
export interface Members {
  readonly methods: readonly string[];
  readonly channels: readonly string[];
  readonly queries: readonly string[];
}

/** A workflow function's answer to a {@link QueryRequest}; a missing `result` is `undefined`. */
export type QueryReply =
  | { readonly kind: "answered"; readonly result?: Json }
  | { readonly kind: "refused"; readonly failure: Failure };

/** A due item whose wake-up has a broker receipt: the `cause` of its emit. Opaque to the bridge. */
export type DueRef = string;

/** Asks the timers function to delete what was published and to answer what is due next. */
export interface SweepRequest {
  readonly kind: "sweep";
  readonly published: readonly DueRef[];
}

/** The timers function's answer to a {@link SweepRequest}. */
export interface SweepReply {
  /** Each emit's `cause` is the due item's reference: deleted only after this emit's receipt. */
  readonly emits: readonly Emit[];
  /** True when there is more to sweep now, whether or not this page has emits. */
  readonly more: boolean;
}
