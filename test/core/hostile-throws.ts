const refuse = (): never => {
  throw new Error("x");
};
const refusing: ProxyHandler<object> = {
  get: refuse,
  has: refuse,
  ownKeys: refuse,
  getPrototypeOf: refuse,
  getOwnPropertyDescriptor: refuse,
};

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function withGetter(name: string): Error {
  return Object.defineProperty(new Error("m"), name, { enumerable: true, get: refuse });
}

/** Whatever code can throw to whoever wants to make data of it, each by a name. */
export function hostile(): (readonly [string, unknown])[] {
  const cycle = new Error("cycle");
  cycle.cause = new Error("back", { cause: cycle });
  const loop: { self?: unknown } = {};
  loop.self = loop;
  return [
    ...["detail", "name", "message", "stack", "cause", "errors", "code"].map(
      (name) => [`a getter ${name} that throws`, withGetter(name)] as const,
    ),
    [
      "a getter that throws a proxy",
      Object.defineProperty(new Error("m"), "detail", {
        enumerable: true,
        get() {
          throw revoked({});
        },
      }),
    ],
    ["a proxy of an error that refuses everything", new Proxy(new Error("m"), refusing)],
    ["a proxy that refuses everything", new Proxy({}, refusing)],
    ["a proxy that hides its keys", new Proxy(new Error("m"), { ownKeys: refuse })],
    ["a revoked proxy of an error", revoked(new Error("m"))],
    ["a revoked proxy of a function", revoked(() => undefined)],
    ["an error whose cause is a revoked proxy", new Error("m", { cause: revoked({}) })],
    ["an error with a revoked proxy", Object.assign(new Error("m"), { held: revoked({}) })],
    ["a cycle of causes", cycle],
    ["a huge message", new Error("m".repeat(5_000_000))],
    ["a huge name", Object.assign(new Error("m"), { name: "n".repeat(5_000_000) })],
    ["a huge property", Object.assign(new Error("m"), { huge: "h".repeat(5_000_000) })],
    [
      "many properties",
      Object.assign(
        new Error("m"),
        Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`p${n}`, n])),
      ),
    ],
    ["a BigInt", 7n],
    ["a BigInt within", Object.assign(new Error("m"), { big: 7n, deep: { big: 7n } })],
    ["a symbol", Symbol("s")],
    ["a symbol for its name", Object.assign(new Error("m"), { name: Symbol("s") })],
    ["a symbol for its message", Object.assign(new Error("m"), { message: Symbol("s") })],
    ["an empty array for its name", Object.assign(new Error("m"), { name: [] })],
    [
      "an object without a prototype for its name",
      Object.assign(new Error("m"), { name: Object.create(null) }),
    ],
    [
      "an object whose text throws for its message",
      Object.assign(new Error("m"), { message: { toString: refuse } }),
    ],
    ["undefined", undefined],
    ["null", null],
    ["false", false],
    ["NaN", Number.NaN],
    ["an empty text", ""],
    ["a function", () => "thrown"],
    ["a function whose text throws", Object.assign(() => undefined, { toString: refuse })],
    ["a class", class Thrown {}],
    ["a promise", Promise.resolve(1)],
    ["a thenable", Object.defineProperty({}, `th${"en"}`, { get: refuse })],
    ["a date that is none", new Date(Number.NaN)],
    ["a frozen error", Object.freeze(new Error("m"))],
    ["a sealed error without a stack", Object.seal(Object.assign(new Error("m"), { stack: undefined }))],
    ["an error whose toJSON throws", Object.assign(new Error("m"), { toJSON: refuse })],
    ["an error with a toJSON that throws", Object.assign(new Error("m"), { held: { toJSON: refuse } })],
    ["an object whose toJSON throws", { toJSON: refuse }],
    ["an object whose toJSON gives nothing", { toJSON: () => undefined }],
    ["an object that holds itself", loop],
    ["an object without a prototype", Object.create(null)],
    ["an object whose text throws", { toString: refuse, toJSON: refuse, [Symbol.toPrimitive]: refuse }],
    [
      "an object whose tag throws",
      Object.defineProperty({ toJSON: refuse }, Symbol.toStringTag, { get: refuse }),
    ],
    ["an AggregateError of proxies", new AggregateError([revoked({}), new Proxy({}, refusing)])],
    ["an AggregateError in itself", aggregateInItself()],
    ["an AggregateError whose errors are none", Object.assign(new AggregateError([]), { errors: 5 })],
    ["a lone surrogate", new Error("\ud800")],
    ["an error called __proto__", Object.assign(new Error("m"), { name: "__proto__" })],
    ["a deep object", Object.assign(new Error("m"), { deep: deep() })],
  ];
}

function aggregateInItself(): AggregateError {
  const error = new AggregateError([], "m");
  error.errors = [error, new Error("other", { cause: error })];
  return error;
}

function deep(): object {
  let value: object = {};
  for (let depth = 0; depth < 20_000; depth += 1) value = { value };
  return value;
}
