import { MemoryPayloadStore } from "../../lib/adapters/memory/payload-store.ts";
import { defineService } from "../../lib/core/contract/definition.ts";
import type { HistoryRecord } from "../../lib/core/model/history.ts";
import { emitsOfEntry } from "../../lib/core/model/outbox.ts";
import { resultOf, viewOf } from "../../lib/core/model/view.ts";
import { type InstanceMessage, MESSAGE_FORMAT } from "../../lib/core/protocol/messages.ts";
import type { Json } from "../../lib/core/values/json.ts";
import { LiveInstance } from "../../lib/engine/live-instance.ts";
import { type Accepted, accept } from "../../lib/engine/step/accept.ts";
import { DEFAULT_RETENTION } from "../../lib/engine/step/retention.ts";
import { Payloads } from "../../lib/instance/payloads.ts";
import { decodeTip, encodeTip } from "../../lib/instance/tip.ts";
import { installGuards } from "../../lib/runtime/guards.ts";
import { replay, type Versions } from "../../lib/runtime/replay.ts";
import type { WorkflowClass } from "../../lib/runtime/workflow-class.ts";

installGuards();
export const startedAt = Date.UTC(2026, 0, 1);
export const boom = { name: "TypeError", message: "boom" } as const;

export interface Desk {
  work(what?: string): string;
}
export const Desk = defineService<Desk>("Desk");

/** Messages without what every one of them carries. */
type Part = Omit<InstanceMessage, "format" | "at" | "id" | "workflow" | "workflowId"> & {
  readonly id?: string;
  readonly [field: string]: unknown;
};

/**
 * One instance in memory, fed with messages; read back from its bytes before each, as another sandbox would, unless it
 * is warm.
 */
export class InstanceDriver {
  readonly key = { workflow: "Trip", workflowId: "t-1" };
  versions: Versions;
  readonly payloads = new Payloads(new MemoryPayloadStore());
  now = startedAt;
  /** What the engine had to say, line by line. */
  readonly logged: { readonly [field: string]: unknown }[] = [];
  isWarm = false;
  instance = new LiveInstance(this.key, undefined);

  constructor(...classes: readonly WorkflowClass[]) {
    this.versions = new Map(classes.map((one, index) => [one.version ?? index + 1, one]));
  }

  /** Registers other code, as a deploy does. */
  deploy(...classes: readonly WorkflowClass[]): void {
    this.versions = new InstanceDriver(...classes).versions;
  }

  async send(part: Part, { run = true } = {}): Promise<Accepted> {
    if (!this.isWarm) this.instance = this.stored();
    const message = {
      format: MESSAGE_FORMAT,
      at: ++this.now,
      id: `msg-${this.now}`,
      ...this.key,
      run: "r1",
      ...part,
    };
    return await accept(this.instance, message as InstanceMessage, {
      versions: this.versions,
      payloads: this.payloads,
      now: this.now,
      run,
      retention: DEFAULT_RETENTION,
      log: (line) => this.logged.push(JSON.parse(line)),
    });
  }

  /** The instance as another sandbox reads it. */
  stored(): LiveInstance {
    const { v, body } = encodeTip(this.instance.tip(), this.instance.v);
    return new LiveInstance(this.key, v, decodeTip(this.key, body));
  }

  /** Has the instance stored as if it had begun under these rules of the engine. */
  follow(rules: number): void {
    const { v, ...tip } = { ...this.instance.tip(), v: this.instance.v };
    const tail = tip.tail.map(
      (record): HistoryRecord => (record.kind === "instance-started" ? { ...record, rules } : record),
    );
    this.instance = new LiveInstance(this.key, v, { ...tip, tail });
  }

  start = (options?: { run?: boolean }, method = "run") =>
    this.send({ kind: "start", id: "r1", method, args: [] }, options);
  call = (method: string) => this.send({ kind: "method", id: method, method, args: [] });
  complete = (command: string, value: Json = null) => this.send({ kind: "task-completed", command, value });
  fail = (command: string) =>
    this.send({ kind: "attempt-failed", command, sequence: 0, attempt: 0, failure: boom });
  signal = (value: Json, id = `s-${this.now}`) => this.send({ kind: "signal", id, channel: "word", value });
  cancel = () => this.send({ kind: "cancel", id: "c1" });
  /** The wake-up that is armed, however late it is. */
  wake = () => this.send({ kind: "wake", dueAt: this.instance.armed ?? this.now });

  get history(): readonly HistoryRecord[] {
    return this.instance.history;
  }

  /** The kinds of the records after those of the start. */
  get told(): string[] {
    return this.history
      .slice(2)
      .map((record) => ("id" in record ? `${record.kind} ${record.id}` : record.kind));
  }

  result(methodId = "main"): unknown {
    return this.instance.state && resultOf(this.instance.state, methodId);
  }

  get status(): string {
    return this.instance.status;
  }

  get view() {
    const { state } = this.instance;
    return state && viewOf({ ...this.instance, state });
  }

  /** The messages that the outbox would send, by what they are and whom they are for. */
  get sent(): string[] {
    const { state, history, outbox } = this.instance;
    if (!state) return [];
    return outbox.flatMap((entry) =>
      emitsOfEntry(state, history, entry).map(
        ({ message }) => `${message.kind} ${message.id.split(":r1:").at(-1)}`,
      ),
    );
  }

  /** What a query answers, from a replay. */
  async query(name: string): Promise<Json | undefined> {
    const { state, history } = this.instance;
    return state && (await replay(this, state, history)).execution.query(name, []);
  }
}
