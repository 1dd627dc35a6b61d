import { refuseAll } from "./refusal.ts";

const since = "everyDoorIsGuarded";
const INLINE = "a task, or inline()";
const DNS = [
  ..."lookup lookupService reverse resolve resolve4 resolve6 resolveAny resolveCaa resolveCname resolveMx".split(
    " ",
  ),
  ..."resolveNaptr resolveNs resolvePtr resolveSoa resolveSrv resolveTlsa resolveTxt Resolver".split(" "),
];
const TIMERS = {
  setTimeout: "timer()",
  setInterval: "timer() in a loop",
  setImmediate: "an await of a task or a timer",
};

/** What does I/O, or tells of the machine, by module of Node. */
const REFUSED: { readonly [module: string]: readonly string[] } = {
  child_process: "exec execFile execFileSync execSync fork spawn spawnSync".split(" "),
  cluster: ["fork"],
  dgram: ["createSocket", "Socket"],
  dns: DNS,
  http: ["request", "get", "createServer"],
  https: ["request", "get", "createServer"],
  http2: ["connect", "createServer", "createSecureServer"],
  net: ["connect", "createConnection", "createServer", "Socket", "Server"],
  os: [
    ..."availableParallelism cpus freemem getPriority homedir hostname loadavg machine".split(" "),
    ..."networkInterfaces release setPriority tmpdir totalmem uptime userInfo version".split(" "),
  ],
  perf_hooks: ["eventLoopUtilization", "monitorEventLoopDelay"],
  readline: ["createInterface"],
  tls: ["connect", "createServer", "TLSSocket"],
  worker_threads: ["Worker", "MessageChannel", "BroadcastChannel", "receiveMessageOnPort"],
};

/** What does its work beside the code, and has a twin that does it at once. */
const WITH_TWIN: { readonly [module: string]: readonly string[] } = {
  crypto: ["pbkdf2", "scrypt", "hkdf", "checkPrime"],
  zlib: [
    ..."deflate deflateRaw gunzip gzip inflate inflateRaw unzip".split(" "),
    ..."brotliCompress brotliDecompress zstdCompress zstdDecompress".split(" "),
  ],
};

const GLOBALS = ["EventSource", "MessageChannel", "BroadcastChannel", "Worker"];
const OF_PROCESS = [
  ..."cpuUsage threadCpuUsage memoryUsage resourceUsage availableMemory constrainedMemory".split(" "),
  "getActiveResourcesInfo",
];

/**
 * Refuses workflow code what does I/O or is not the same on each machine, whether it comes from `import`, `require` or
 * a global, and whenever it was imported.
 */
export function guardModules(): void {
  const world: object = globalThis;
  for (const [name, instead] of Object.entries(TIMERS)) {
    refuseAll(world, [name], { prefix: "", instead });
    refuseAll(moduleOf("timers"), [name], { prefix: "", instead, since });
    refuseAll(moduleOf("timers/promises"), [name], { prefix: "", instead, since, isAwait: true });
  }
  refuseAll(world, ["fetch"], { prefix: "", instead: INLINE });
  refuseAll(world, ["WebSocket"], { prefix: "", instead: "a task" });
  refuseAll(world, GLOBALS, { prefix: "", instead: INLINE, since });
  refuseAll(AbortSignal, ["timeout"], { prefix: "AbortSignal.", instead: "timer()", since });
  refuseAll(Atomics, ["wait", "waitAsync"], {
    prefix: "Atomics.",
    instead: "timer(), or condition()",
    since,
  });
  refuseAll(process, OF_PROCESS, { prefix: "process.", instead: INLINE, since });
  const temporal = (world as { readonly Temporal?: { readonly Now: object } }).Temporal;
  if (temporal) {
    const names = Object.getOwnPropertyNames(temporal.Now);
    refuseAll(temporal.Now, names, { prefix: "Temporal.Now.", instead: "new Date()", since });
  }
  guardAwaits();
  guardFiles();
  for (const [module, names] of Object.entries(REFUSED)) {
    refuseAll(moduleOf(module), names, { prefix: `${module}.`, instead: INLINE, since });
  }
  for (const [module, names] of Object.entries(WITH_TWIN)) {
    for (const name of names) {
      refuseAll(moduleOf(module), [name], {
        prefix: `${module}.`,
        instead: `${name}Sync(), or inline()`,
        since,
      });
    }
  }
  // Named imports of what was changed follow it, whenever they were made.
  process.getBuiltinModule("node:module").syncBuiltinESMExports();
}

/** What gives a promise that no history will settle. */
function guardAwaits(): void {
  const awaited = { instead: "an inline task", since, isAwait: true } as const;
  const subtle = Object.getPrototypeOf(crypto.subtle) as object;
  refuseAll(subtle, methodsOf(subtle), { ...awaited, prefix: "crypto.subtle." });
  refuseAll(moduleOf("dns/promises"), DNS, { ...awaited, prefix: "dns." });
  const compiling = ["compile", "instantiate", "compileStreaming", "instantiateStreaming"];
  const { WebAssembly: wasm } = globalThis as { readonly WebAssembly?: object };
  refuseAll(wasm, compiling, { ...awaited, prefix: "WebAssembly." });
  const reading = ["arrayBuffer", "bytes", "text"];
  refuseAll(Blob.prototype, reading, { ...awaited, prefix: "Blob." });
  const { scheduler } = process.getBuiltinModule("node:timers/promises");
  refuseAll(Object.getPrototypeOf(scheduler) as object, ["wait", "yield"], {
    ...awaited,
    prefix: "scheduler.",
  });
}

/** Files, but for the standard output: to write there is to log. */
function guardFiles(): void {
  const files = moduleOf("fs");
  const promises = moduleOf("fs/promises");
  const isFunction = (name: string): boolean => /^[a-z]/.test(name) || /Stream$/.test(name);
  const allows = ([file]: readonly unknown[]): boolean => file === 1 || file === 2;
  const names = Object.keys(files ?? {}).filter(isFunction);
  refuseAll(files, names, { prefix: "fs.", instead: INLINE, since, allows });
  const awaited = { prefix: "fs.promises.", instead: "an inline task", since, isAwait: true } as const;
  refuseAll(promises, Object.keys(promises ?? {}), awaited);
}

function methodsOf(prototype: object): readonly string[] {
  return Object.getOwnPropertyNames(prototype).filter((name) => name !== "constructor");
}

function moduleOf(name: string): object | undefined {
  return process.getBuiltinModule(`node:${name}`) as object | undefined;
}
