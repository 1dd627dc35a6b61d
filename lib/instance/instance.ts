import type { HistoryRecord } from "../core/model/history.ts";
import { isProven, type OutboxEntry } from "../core/model/outbox.ts";
import { State } from "../core/model/state.ts";
import type { UncaughtView } from "../core/model/view.ts";
import type { InstanceMessage } from "../core/protocol/messages.ts";
import { hash128 } from "../core/values/hash.ts";
import { referenceIn } from "../core/values/payload.ts";
import type { InstanceKey } from "../ports/state-store.ts";
import { type RefusedCall, type Stopped, type Tip, tipHead } from "./tip.ts";

/** A copy of a message comes soon after it: a client's, or one that a dead bridge had not acknowledged. */
const MAX_HEARD = 64;

/** An instance as it is stored: its whole history and what is folded from it, and its outbox. */
export class Instance {
  readonly key: InstanceKey;
  /** The token of the item this stands on; undefined when there was none. */
  v: string | undefined;
  state: State | undefined;
  readonly history: HistoryRecord[] = [];
  chunked: NonNullable<Tip["chunked"]> | undefined;
  outbox: OutboxEntry[];
  nextEntry: number;
  armed: number | undefined;
  waiting: InstanceMessage[];
  refused: readonly RefusedCall[];
  stopped: Stopped | undefined;
  #uncaught: readonly UncaughtView[];
  /** What the runs before this one have heard, which it must not hear again. */
  readonly #heard: readonly string[];
  /** Of the values that history only refers to. */
  payloadBytes = 0;
  /** Whether there is something to commit. */
  isDirty = false;
  /** How many records of the history the store has. */
  #committed: number;
  /** Of the first records: counted when somebody asks. */
  #counted = { records: 0, characters: 0 };

  constructor(
    key: InstanceKey,
    v: string | undefined,
    tip?: Partial<Tip>,
    chunkedRecords: readonly HistoryRecord[] = [],
  ) {
    this.key = key;
    this.v = v;
    this.chunked = tip?.chunked;
    this.outbox = [...(tip?.outbox ?? [])];
    this.nextEntry = tip?.nextEntry ?? 0;
    this.armed = tip?.armed;
    this.waiting = [...(tip?.waiting ?? [])];
    this.refused = tip?.refused ?? [];
    this.stopped = tip?.stopped;
    this.#uncaught = tip?.uncaught ?? [];
    this.#heard = tip?.heard ?? [];
    if (tip?.run !== undefined) this.begin(tip.run);
    for (const record of chunkedRecords) this.#fold(record);
    for (const record of tip?.tail ?? []) this.#fold(record);
    this.#committed = this.history.length;
  }

  /** The records that no commit has written yet. */
  get fresh(): readonly HistoryRecord[] {
    return this.history.slice(this.#committed);
  }

  /** Characters of the whole history as JSON. */
  get characters(): number {
    let { records, characters } = this.#counted;
    for (; records < this.history.length; records++)
      characters += JSON.stringify(this.history[records]).length;
    this.#counted = { records, characters };
    return characters;
  }

  /** The last errors that its code threw where nobody could catch them. */
  get uncaught(): readonly UncaughtView[] {
    return this.#uncaught;
  }

  /** Says that the store has it all, under this token. */
  committed(v: string, uncaught: readonly UncaughtView[]): void {
    this.#uncaught = uncaught;
    this.v = v;
    this.isDirty = false;
    this.#committed = this.history.length;
  }

  /** Begins a run. */
  begin(run: string): State {
    this.state = new State({ ...this.key, run });
    return this.state;
  }

  /** What the next run under the same id must know of this one. */
  get legacy(): Pick<Tip, "heard"> {
    return { heard: [...this.#heard, ...heardIn(this.history)].slice(-MAX_HEARD) };
  }

  /** Whether a message has had its effect in a run before this one. */
  hasHeardBefore({ id }: InstanceMessage): boolean {
    return this.#heard.length > 0 && this.#heard.includes(fingerprint(id));
  }

  /** Appends a record to history. */
  append(record: HistoryRecord): void {
    this.#fold(record);
    this.isDirty = true;
  }

  /** Drops the entries that were published: the bridge says so, or their reply has come (I4). */
  dropPublished(reported: readonly number[]): void {
    const { state } = this;
    if (!state || this.outbox.length === 0) return;
    this.outbox = this.outbox.filter(
      (entry) => !reported.includes(entry.number) && !isProven(state, this.history, entry),
    );
  }

  /** Drops the entries before this one, which a flush had published, whether or not the bridge remembers it. */
  dropFlushed(before: number): void {
    const kept = this.outbox.filter(({ number }) => number >= before);
    if (kept.length < this.outbox.length) this.isDirty = true;
    this.outbox = kept;
  }

  /** The status that readers see beside the state. */
  get status(): string {
    if (this.stopped) return "stopped";
    return this.state?.status ?? "early";
  }

  /** The tip as it is to be written. */
  tip(): Tip {
    const { chunked, armed, waiting, refused, stopped, uncaught } = this;
    return {
      ...tipHead(this.key),
      ...(this.state && { run: this.state.key.run }),
      ...(chunked && { chunked }),
      tail: this.history.slice(chunked?.records ?? 0),
      outbox: this.outbox,
      nextEntry: this.nextEntry,
      ...(armed !== undefined && { armed }),
      ...(waiting.length > 0 && { waiting }),
      ...(refused.length > 0 && { refused }),
      ...(stopped && { stopped }),
      ...(uncaught.length > 0 && { uncaught }),
      ...(this.#heard.length > 0 && { heard: this.#heard }),
    };
  }

  #fold(record: HistoryRecord): void {
    this.history.push(record);
    this.state?.apply(record);
    this.payloadBytes += referenceIn(record)?.bytes ?? 0;
  }
}

/** What came from outside the run, to whichever run there is: all else says which run it means. */
function heardIn(history: readonly HistoryRecord[]): readonly string[] {
  return history.flatMap((record) =>
    "messageId" in record && record.messageId !== undefined && record.kind !== "heartbeat"
      ? [fingerprint(record.messageId)]
      : [],
  );
}

const fingerprint = (messageId: string): string => hash128(messageId).slice(0, 16);
