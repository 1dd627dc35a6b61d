import type { Command } from "../core/commands/command.ts";
import type { Check } from "../core/contract/check.ts";
import type { Schemas } from "../core/contract/schemas.ts";
import type { CodeEvent, Ending, Event } from "../core/model/history.ts";
import type { RecordedCommands } from "../core/model/recorded-commands.ts";
import { follows, type RuleName } from "../core/model/rules.ts";
import type { ToldEvent } from "../core/model/told-event.ts";
import { failureOf } from "../core/values/failure.ts";
import type { Hold } from "../core/values/hold.ts";
import type { CommandId, RunKey } from "../core/values/ids.ts";
import type { Json } from "../core/values/json.ts";
import type { Outcome } from "../core/values/outcome.ts";
import { Random } from "../core/values/random.ts";
import { WorkflowCanceledError } from "../core/values/remote-errors.ts";
import { askQuery } from "./ask-query.ts";
import { type Channel, channelsOf } from "./channel.ts";
import { Conditions } from "./condition.ts";
import { ContractGuard } from "./contract-guard.ts";
import { foreignAwait, foreignTo, waitingForNothing } from "./foreign-work.ts";
import { type InstanceFacts, seenFacts } from "./instance-facts.ts";
import { copyJson, toJson } from "./json-copy.ts";
import { methodOf, unknownMethod } from "./method-of.ts";
import { type ForeignWork, MethodRun, type RunningCode } from "./method-run.ts";
import { Output } from "./output.ts";
import { PendingCommand } from "./pending-command.ts";
import { PropertyWatch, WatchedInline } from "./property-watch.ts";
import { quiesce } from "./quiescence.ts";
import { RunningInlines } from "./running-inlines.ts";
import { runInScope } from "./scope.ts";
import { beginWatch, endWatch } from "./step-watch.ts";
import { attributeUncaught, Rejections } from "./uncaught.ts";
import type { Workflow, WorkflowClass } from "./workflow-class.ts";
import { type WorkflowInterceptor, WorkflowInterceptors } from "./workflow-interceptor.ts";

/**
 * One instance's code in memory: fed with events, it issues commands.
 *
 * The same events give the same commands (I8). It knows nothing of storage or messages.
 */
export class Execution implements RunningCode {
  readonly key: RunKey;
  readonly facts: InstanceFacts;
  /** What {@link workflowContext} gives of them. */
  readonly context: Pick<InstanceFacts, "tags" | "meta">;
  /** The instant that workflow code sees. */
  now: number;
  /** How many events the code was told of. */
  events = 0;
  /** Why this execution can no longer be trusted: something was issued outside a step, or awaited outside history. */
  poisoned: Error | undefined;
  readonly contracts: ContractGuard;
  readonly conditions = new Conditions();
  readonly rejections: Rejections;
  readonly output: Output;
  /** What code has begun or awaits in this step beside its history. */
  readonly foreign: ForeignWork[] = [];
  /** Whether it matters which promise of the code waits for which. */
  readonly tracksAwaits: boolean;
  /** The chance that field initialisers see. */
  readonly random: Random;
  /** Those that run; a rebuilt execution takes them over. */
  readonly inlines: RunningInlines;
  readonly #script: RecordedCommands;
  readonly #methods: MethodRun[] = [];
  readonly #calls = new Map<CommandId, PendingCommand>();
  readonly channels: ReadonlyMap<string, Channel<unknown>>;
  /** The instance of the class. */
  readonly code: Workflow;
  readonly #properties: PropertyWatch | undefined;
  readonly #interceptors: WorkflowInterceptors;
  #records: (Command | Ending)[] = [];
  #stepping = false;
  #changed: unknown;

  constructor(
    workflowClass: WorkflowClass,
    facts: InstanceFacts,
    script: RecordedCommands,
    schemas?: Schemas,
    inlines = new RunningInlines(),
    interceptors: readonly WorkflowInterceptor[] = [],
  ) {
    this.#interceptors = new WorkflowInterceptors(interceptors, facts.key);
    this.inlines = inlines;
    this.key = facts.key;
    this.facts = facts;
    this.context = seenFacts(facts);
    this.now = facts.startedAt;
    this.output = new Output(facts.key, script);
    this.#script = script;
    this.rejections = new Rejections(this, !script.isLive);
    this.contracts = new ContractGuard(this, script, schemas);
    this.random = new Random(`${facts.key.run}:fields`);
    attributeUncaught();
    beginWatch();
    try {
      this.code = runInScope({ execution: this, mode: "workflow" }, () => new workflowClass());
    } finally {
      endWatch();
    }
    this.channels = channelsOf(this.code);
    this.tracksAwaits = this.channels.size > 0 && this.follows("losersTakeNothing");
    this.#properties = this.follows("inlinesChangeNothing") ? new PropertyWatch(this.code) : undefined;
  }

  /** Whether the run follows a rule of the engine. */
  follows(rule: RuleName): boolean {
    return follows(this.facts.rules, rule);
  }

  /** Tells the code of an event and lets it run until it can do nothing more without another one. */
  async deliver(event: ToldEvent): Promise<{ readonly records: readonly (Command | Ending)[] }> {
    this.now = event.at;
    this.events++;
    this.#records = [];
    this.#stepping = true;
    this.rejections.beginStep();
    this.#properties?.blameBetween([]);
    beginWatch();
    try {
      this.#tell(event);
      await quiesce();
      while (this.conditions.settleOne()) await quiesce();
    } finally {
      endWatch();
      this.#properties?.blameBetween(this.inlines.watched);
      this.#endForeignMethods();
      this.#stepping = false;
    }
    await this.rejections.endStep();
    if (this.#changed) throw this.#changed;
    return { records: this.#records };
  }

  /** The history is used up: what comes now is new. */
  goLive(): void {
    this.#script.goLive();
    runInScope({ execution: this, mode: "workflow" }, () => this.rejections.goLive());
  }

  /** Takes note of an event that is not told to code. */
  observe(event: Event): void {
    if (event.kind === "task-retried") this.#calls.get(event.command)?.reopen(event.sequence);
    if (event.kind === "method-canceled") this.#cancel(event.method);
  }

  /** Lets nothing more happen in a method: it has failed, and its code is not what it was. */
  abandon(method: number): void {
    this.#methods[method]?.cancel();
  }

  /** Takes over what the code that this one replaces has running, as far as history has it, and has written so far. */
  adopt({ inlines, output }: Execution, written: number): void {
    this.inlines.adopt(inlines, (id) => this.#calls.has(id));
    this.output.adopt(output, written);
  }

  /** Answers a query from the fields as they are. */
  query(name: string, args: readonly Json[]): Promise<Json | undefined> {
    const { code, contracts } = this;
    return askQuery({ execution: this, code, contracts, interceptors: this.#interceptors }, name, args);
  }

  /**
   * Records a command of the code; gives it back as history has it.
   *
   * @param sent what checks the values that it sends, unless history has it already
   */
  issue(method: MethodRun, asked: Command, sent?: Check): Command {
    if (method.isAbandoned) return asked;
    const command = this.#interceptors.outbound(asked, method.headers);
    if (!this.#stepping) throw this.#poison(method, `a ${command.kind} issued after another await`);
    this.contracts.command(method, command, sent);
    try {
      const recorded = this.#script.recorded(command);
      if (!recorded) this.#records.push(command);
      return recorded ?? command;
    } catch (changed) {
      this.#changed ??= changed;
      throw changed;
    }
  }

  /** Issues a command that will have an outcome, with what checks its arguments and its results. */
  call(method: MethodRun, command: Command, sent?: Check, received?: Check): PendingCommand {
    const call = new PendingCommand(this, this.issue(method, command, sent), received);
    if (!method.isAbandoned) this.#calls.set(command.id, call);
    return call;
  }

  /** Runs an inline task, unless history has its outcome. */
  runInline(method: MethodRun, id: CommandId, run: () => Promise<Outcome>): PendingCommand {
    const known = this.#records.length;
    const call = this.call(method, { kind: "inline", id });
    if (this.#records.length > known) {
      const task = this.#properties && new WatchedInline(this.#properties);
      const scope = { execution: this, method, mode: "inline" as const, ...(task && { task }) };
      this.inlines.start(id, () => runInScope(scope, run), task);
    }
    return call;
  }

  /** Whether the code has issued this command. */
  hasIssued(id: CommandId): boolean {
    return Number(id.slice(id.indexOf(".") + 1)) < (this.#methods[Number.parseInt(id, 10)]?.issued ?? 0);
  }

  /** Whether an outcome is to be kept from a method's await, the nth of that command. */
  isHeld(method: number, { command, outcome, from: nth }: Hold): boolean {
    return this.#script.isHeld(method, command, outcome, nth);
  }

  #tell(event: ToldEvent): void {
    if (event.kind === "method-started") this.#startMethod(event);
    else if (event.kind === "signal-received") this.#signal(event);
    else if (event.kind === "method-canceled") this.#cancel(event.method, { rejects: true });
    else this.#calls.get(event.command)?.settle(event);
  }

  #signal(event: Event & { readonly kind: "signal-received" }): void {
    runInScope({ execution: this, mode: "query" }, () => this.#interceptors.signal(event));
    this.channels.get(event.channel)?.accept(this.contracts.signal(event));
  }

  #cancel(index: number, { rejects = false } = {}): void {
    const method = this.#methods[index];
    if (!method) return;
    method.cancel();
    const error = rejects ? new WorkflowCanceledError({ ...this.key, method: method.name }) : undefined;
    method.canceled = error;
    for (const [id, call] of this.#calls) if (Number.parseInt(id, 10) === index) call.cancel(error);
    if (!error) return;
    for (const channel of this.channels.values()) channel.cancel(method, error);
    if (this.follows("conditionsAreCanceled")) this.conditions.cancel(method, error);
  }

  #startMethod(event: CodeEvent & { readonly kind: "method-started" }): void {
    const { method: index, name, args } = event;
    const method = new MethodRun(this, index, name, event.headers);
    this.#methods.push(method);
    const result = runInScope({ execution: this, method, mode: "workflow" }, async () => {
      const run = methodOf(this.code, name);
      if (!run) throw unknownMethod(this.key.workflow, name);
      const taken = this.contracts.args(method, copyJson(args as Json[]));
      const given = await this.#interceptors.method(method, taken, () => run(...taken));
      const result = toJson(given, `the result of method ${name}`);
      this.contracts.result(method, result);
      return result;
    });
    result.then(
      (value) => this.#endMethod(method, completed(index, value)),
      (error) => this.#failMethod(method, error),
    );
  }

  #failMethod(method: MethodRun, error: unknown): void {
    const [held, ...heldToo] = method.holdsOf(error);
    this.#endMethod(method, {
      kind: "method-failed",
      method: method.index,
      failure: failureOf(error),
      ...(held && { held }),
      ...(heldToo.length > 0 && { heldToo }),
    });
    // What the method left running beside itself ends with it: a replay of repaired code could not follow it.
    if (!held) method.cancel();
  }

  #endMethod(method: MethodRun, ending: Ending): void {
    if (method.ended) return;
    method.ended = true;
    if (this.#script.isNewFor(method.index)) this.rejections.methodEnded(method);
    if (this.#stepping) this.#records.push(ending);
    else this.#poison(method, "its end after another await");
  }

  #poison(method: MethodRun, got: string): Error {
    this.poisoned ??= foreignAwait(method, got);
    return this.poisoned;
  }

  /** Fails the methods whose code began or awaits something that a replay could not repeat. */
  #endForeignMethods(): void {
    const isNew = ({ index }: MethodRun): boolean => this.#script.isNewFor(index);
    const found = this.follows("foreignWorkIsNoticed")
      ? foreignTo(this.#methods.filter(isNew), this.foreign)
      : waitingForNothing(this.#methods);
    this.foreign.length = 0;
    for (const { method, what } of found) {
      const error = foreignAwait(method, what);
      this.poisoned ??= error;
      this.#failMethod(method, error);
    }
  }
}

function completed(method: number, value: Json | undefined): Ending {
  return { kind: "method-completed", method, ...(value !== undefined && { value }) };
}
