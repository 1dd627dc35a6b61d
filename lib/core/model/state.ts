import { type Command, isCommand } from "../commands/command.ts";
import { InfiniticError } from "../values/errors.ts";
import type { Failure } from "../values/failure.ts";
import type { Hold } from "../values/hold.ts";
import { type CommandId, type RunKey, scopedId } from "../values/ids.ts";
import type { JsonObject } from "../values/json.ts";
import type { MessageHeaders } from "../values/message-headers.ts";
import type { Outcome } from "../values/outcome.ts";
import { type CommandState, type CommandStatus, deadlineOf } from "./command-state.ts";
import type { Ending, Event, HistoryRecord } from "./history.ts";
import { hold, type MethodState, type MethodStatus, release } from "./method-state.ts";
import { follows } from "./rules.ts";
import { type Unheard, withUnheard } from "./unheard.ts";

export type InstanceStatus = "running" | "failed" | "completed" | "canceled";

/** An event of one command. */
type CommandEvent = Event & { readonly command: CommandId };

/** What is known of a run: the fold of its history, in order. Nothing in it comes from anywhere else. */
export class State {
  readonly key: RunKey;
  version = 1;
  /** The rules of the engine that it began under, and follows until it ends. */
  rules = 0;
  startedAt = 0;
  /** The instant of the last event: what workflow code sees as now. */
  now = 0;
  tags: readonly string[] = [];
  meta: JsonObject = {};
  customId: string | undefined;
  traceparent: string | undefined;
  canceled = false;
  readonly methods: MethodState[] = [];
  /** Calls of methods that the code does not have, by the id that the method would have. */
  readonly refused = new Map<string, Failure>();
  readonly commands = new Map<CommandId, CommandState>();
  /** Commands that wait for an instant. */
  readonly timed = new Set<CommandState>();
  /** Ids of the messages whose effect is in history (I1). */
  readonly seen = new Set<string>();
  /** The last messages that came to nothing. */
  unheard: readonly Unheard[] = [];
  /** Ids of the messages by which its methods called methods of this very instance, and which are on their way. */
  readonly #selfCalls = new Set<string>();

  constructor(key: RunKey) {
    this.key = key;
  }

  /** Folds one more record in. */
  apply(record: HistoryRecord): void {
    if ("at" in record) this.now = record.at;
    if ("messageId" in record && record.messageId !== undefined) {
      this.seen.add(record.messageId);
      this.#selfCalls.delete(record.messageId);
    }
    this.unheard = withUnheard(this.unheard, record, this.key);
    if (isCommand(record)) this.#issue(record);
    else if ("command" in record) this.#applyToCommand(record);
    else this.#applyToInstance(record);
  }

  /** What concerns the instance as a whole, or one of its methods. */
  #applyToInstance(record: Exclude<HistoryRecord, Command | CommandEvent>): void {
    switch (record.kind) {
      case "instance-started":
        this.version = record.version;
        this.rules = record.rules ?? 0;
        this.startedAt = record.at;
        this.tags = record.tags ?? [];
        this.meta = record.meta ?? {};
        this.customId = record.customId;
        this.traceparent = record.traceparent;
        break;
      case "method-started":
        this.methods.push(startedMethod(record));
        break;
      case "cancel-requested":
        if (record.methodId === undefined) this.canceled = true;
        break;
      case "method-refused":
        this.refused.set(record.messageId, record.failure);
        break;
      case "caller-attached":
        this.methods[0]?.attached.push({ caller: record.caller, endings: record.endings });
        break;
      case "method-retried":
        this.#resume(record.method);
        break;
      case "method-canceled":
        this.#end(record.method, "canceled");
        this.#cancelCommands(record.method);
        break;
      case "method-completed":
      case "method-failed":
        this.#endMethod(record);
        break;
      case "signal-received":
      case "signal-refused":
      case "retry-requested":
      case "task-retry-requested":
      case "timers-completion-requested":
      case "caller-answered":
        break; // that it has come is all that is known of it
    }
  }

  /** What became of a command. */
  #applyToCommand(record: CommandEvent): void {
    switch (record.kind) {
      case "attempt-failed":
        return this.#attemptFailed(record);
      case "attempt-due":
        return this.#attemptDue(record);
      case "task-delegated":
        return this.#delegate(record);
      case "task-retried":
        return this.#retryTask(record.command, record.sequence);
      case "heartbeat":
        this.command(record.command).heardAt = record.at;
        return;
      case "task-failed":
        this.command(record.command).lastFailure = record.failure;
        return this.#settle(record.command, "failed");
      case "child-ended":
        this.command(record.command).lastEnding = record.number;
        return this.#settle(record.command, record.outcome.kind);
      case "inline-completed":
        return this.#settle(record.command, record.outcome.kind);
      case "task-completed":
      case "timer-fired":
        return this.#settle(record.command, "completed");
      case "task-timed-out":
      case "child-timed-out":
        return this.#settle(record.command, "timedOut");
      case "child-canceled":
        return this.#settle(record.command, "canceled");
    }
  }

  /** The headers of the method that has issued a command. */
  headersOf(command: CommandId): MessageHeaders | undefined {
    return this.methods[Number.parseInt(command, 10)]?.headers;
  }

  /** The command with this id, which must have been issued. */
  command(id: CommandId): CommandState {
    const command = this.commands.get(id);
    if (!command) throw new InfiniticError("STATE_CORRUPT", `expected a command of the history, got ${id}`);
    return command;
  }

  /** The instance's status, from its methods'. */
  get status(): InstanceStatus {
    if (this.canceled) return "canceled";
    if (this.methods.length === 0) return "running";
    if (this.methods.some((method) => method.status === "running")) return "running";
    if (this.#selfCalls.size > 0) return "running"; // the method that it calls is about to run
    const counting = this.#counting;
    if (counting.some((method) => method.status === "failed")) return "failed";
    return counting.every((method) => method.status === "canceled") ? "canceled" : "completed";
  }

  /** An ended instance hears of nothing any more; a failed one is open: it can be resumed. */
  get ended(): boolean {
    return this.status === "completed" || this.status === "canceled";
  }

  /** The methods that decide how it ended: once the first one has, failures of others are their callers' matter. */
  get #counting(): readonly MethodState[] {
    const { methods } = this;
    if (methods[0]?.status === "failed" || !follows(this.rules, "toldFailuresEnd")) return methods;
    return methods.filter(({ status }) => status !== "failed");
  }

  #issue(command: Command): void {
    const state: CommandState = {
      command,
      issuedAt: this.now,
      status: "pending",
      outcomes: 0,
      sequence: 0,
      attempt: 0,
      isDelegated: false,
      lastEnding: 0,
    };
    this.commands.set(command.id, state);
    const method = this.methods[Number.parseInt(command.id, 10)] as MethodState;
    method.issued++;
    if (isSelfCall(command, this.key)) this.#selfCalls.add(scopedId(this.key, command.id));
    if (deadlineOf(state) !== undefined) this.timed.add(state);
    if (command.kind === "task-retry") this.#retryTask(command.task, command.sequence);
  }

  #settle(id: CommandId, status: CommandStatus): void {
    const state = this.command(id);
    state.status = status;
    state.outcomes++;
    delete state.retryAt;
    state.isDelegated = false;
    delete state.heardAt;
    delete state.heartbeatMs;
    this.timed.delete(state);
    for (const method of this.methods) release(method, id, status === "completed");
  }

  #resume(index: number): void {
    const method = this.methods[index] as MethodState;
    method.status = "running";
    hold(method, []);
  }

  /** A retry by hand begins a new sequence, with the whole overall timeout before it. */
  #retryTask(id: CommandId, sequence: number): void {
    const state = this.command(id);
    state.status = "pending";
    state.sequence = sequence;
    state.attempt = 0;
    state.issuedAt = this.now;
    if (deadlineOf(state) !== undefined) this.timed.add(state);
  }

  #delegate(record: HistoryRecord & { kind: "task-delegated" }): void {
    const state = this.command(record.command);
    state.isDelegated = true;
    state.heardAt = record.at;
    if (record.heartbeatMs === undefined) return;
    state.heartbeatMs = record.heartbeatMs;
    this.timed.add(state);
  }

  #attemptFailed(record: HistoryRecord & { kind: "attempt-failed" }): void {
    const state = this.command(record.command);
    state.lastFailure = record.failure;
    state.retryAt = record.retryAt;
    if (record.meta) state.meta = record.meta;
    this.timed.add(state);
  }

  #attemptDue(record: HistoryRecord & { kind: "attempt-due" }): void {
    const state = this.command(record.command);
    state.sequence = record.sequence;
    state.attempt = record.attempt;
    delete state.retryAt;
    if (deadlineOf(state) === undefined) this.timed.delete(state);
  }

  #cancelCommands(method: number): void {
    for (const [id, state] of this.commands) {
      if (state.status !== "pending" || Number.parseInt(id, 10) !== method) continue;
      state.status = "canceled";
      this.timed.delete(state);
    }
  }

  #endMethod(ending: Ending): void {
    if (ending.kind === "method-completed") {
      const value = ending.value === undefined ? {} : { value: ending.value };
      this.#end(ending.method, "completed", { kind: "completed", ...value });
    } else {
      const { failure, held, heldToo = [] } = ending;
      this.#end(ending.method, "failed", { kind: "failed", failure }, held ? [held, ...heldToo] : []);
    }
  }

  #end(index: number, status: MethodStatus, outcome?: Outcome, holds: readonly Hold[] = []): void {
    const method = this.methods[index] as MethodState;
    method.status = status;
    method.endedAt = this.now;
    method.endings.push(outcome);
    hold(method, holds);
  }
}

function startedMethod(record: HistoryRecord & { kind: "method-started" }): MethodState {
  return {
    index: record.method,
    id: record.methodId,
    name: record.name,
    startedAt: record.at,
    ...(record.caller && { caller: record.caller }),
    ...(record.headers && { headers: record.headers }),
    attached: [],
    status: "running",
    endings: [],
    issued: 0,
    held: new Set(),
    heldAny: [],
  };
}

function isSelfCall(command: Command, { workflow, workflowId }: RunKey): boolean {
  return command.kind === "method" && command.workflow === workflow && command.workflowId === workflowId;
}
