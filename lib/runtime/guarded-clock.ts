import { refuseAll } from "./refusal.ts";
import { guardedScope, type Scope } from "./scope.ts";

const since = "everyDoorIsGuarded";

/** Has every clock of the process give the instant of history inside workflow code. */
export function guardClocks(): void {
  guardDate();
  guardFormats();
  guardPerformance();
  guardProcess();
}

function newScope(): Scope | undefined {
  const scope = guardedScope();
  return scope?.execution.follows(since) ? scope : undefined;
}

function instantOf({ now, execution }: Scope): number {
  return now ?? execution.now;
}

/** Milliseconds since the run began: what clocks that count from no date give. */
function elapsedIn(scope: Scope): number {
  return instantOf(scope) - scope.execution.facts.startedAt;
}

function guardDate(): void {
  const RealDate = Date;
  const realNow = RealDate.now;
  const now = (): number => {
    const scope = guardedScope();
    return scope ? instantOf(scope) : realNow();
  };
  const guarded = new Proxy(RealDate, {
    construct(target, args, newTarget) {
      const instant = args.length === 0 ? [now()] : args;
      return Reflect.construct(target, instant, newTarget) as Date;
    },
    apply: () => new RealDate(now()).toString(),
    get: (target, property, receiver) => (property === "now" ? now : Reflect.get(target, property, receiver)),
  });
  globalThis.Date = guarded;
  // Whoever has taken the class before this has its `now` guarded, too, and every date leads to the guarded class.
  RealDate.now = () => {
    const scope = newScope();
    return scope ? instantOf(scope) : realNow();
  };
  RealDate.prototype.constructor = guarded;
}

/** A format that is given no date takes the clock's. */
function guardFormats(): void {
  const { prototype } = Intl.DateTimeFormat;
  const format = Object.getOwnPropertyDescriptor(prototype, "format") as PropertyDescriptor & {
    get(): unknown;
  };
  Object.defineProperty(prototype, "format", {
    ...format,
    get(this: Intl.DateTimeFormat) {
      const bound = format.get.call(this) as Intl.DateTimeFormat["format"];
      const scope = newScope();
      return scope ? (date?: Date | number) => bound(date ?? instantOf(scope)) : bound;
    },
  });
  const { formatToParts } = prototype;
  prototype.formatToParts = function (date) {
    const scope = newScope();
    return formatToParts.call(this, date ?? (scope && instantOf(scope)));
  };
}

function guardPerformance(): void {
  const prototype = Object.getPrototypeOf(performance) as object;
  const { now } = performance;
  const timeOrigin = Object.getOwnPropertyDescriptor(prototype, "timeOrigin");
  Object.defineProperty(prototype, "now", {
    ...Object.getOwnPropertyDescriptor(prototype, "now"),
    value(this: typeof performance) {
      const scope = newScope();
      return scope ? elapsedIn(scope) : now.call(this);
    },
  });
  Object.defineProperty(prototype, "timeOrigin", {
    ...timeOrigin,
    get(this: typeof performance) {
      return newScope()?.execution.facts.startedAt ?? (timeOrigin?.get?.call(this) as number);
    },
  });
  const names = ["mark", "measure", "toJSON", "eventLoopUtilization", "getEntries"];
  refuseAll(prototype, names, { prefix: "performance.", instead: "Date.now(), or inline()", since });
}

function guardProcess(): void {
  const { hrtime, uptime } = process;
  const { bigint } = hrtime;
  const guarded = (before?: [number, number]): [number, number] => {
    const scope = newScope();
    if (!scope) return before ? hrtime(before) : hrtime();
    const [seconds, nanos] = before ?? [0, 0];
    const elapsed = BigInt(elapsedIn(scope)) * 1_000_000n - BigInt(seconds) * 1_000_000_000n - BigInt(nanos);
    const rest = ((elapsed % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
    return [Number((elapsed - rest) / 1_000_000_000n), Number(rest)];
  };
  process.hrtime = Object.assign(guarded, {
    bigint: () => {
      const scope = newScope();
      return scope ? BigInt(elapsedIn(scope)) * 1_000_000n : bigint();
    },
  });
  process.uptime = () => {
    const scope = newScope();
    return scope ? elapsedIn(scope) / 1_000 : uptime();
  };
}
