import { AsyncLocalStorage, createHook } from "node:async_hooks";
import { setTimeout } from "node:timers";
import { getCallSites } from "node:util";

/** What Node counts as begun and not yet ended. */
interface Resource {
  hasRef?(): boolean;
  /** Of timers: an interval's milliseconds. */
  readonly _repeat?: number | null;
  /** Of what a cipher works on: who is called back with it. */
  readonly ondone?: unknown;
  /** Of connections. */
  readonly bytesRead?: number;
  readonly bytesWritten?: number;
}

interface Begun {
  readonly type: string;
  readonly resource: Resource;
  /** When that began which began it. */
  readonly since: number;
  /** Of what a cipher works on: whether `crypto.subtle` has given a promise of it. */
  readonly isPromised: boolean;
  /** Of a connection: what has gone through it, and when that was seen. */
  bytes: number;
  seenAt: number;
}

/** Timers, processes, connections, and requests of files, names, sockets and ciphers. */
const COUNTED = /^(Timeout|PROCESSWRAP|TCPWRAP|PIPEWRAP)$|REQ(UEST|WRAP|CALLBACK|PROMISE)?$|CONNECTWRAP$/;
/** A connection through which nothing has gone for so long is one that is kept for later. */
const IDLE_MS = 3_000;
/** What has not come to its end by then has none: it is a loop, or a thing that is kept. */
const LONGEST_MS = 15_000;
const LOOK_AGAIN_MS = 1;

/**
 * Knows what goes on in real time of what was begun in {@link run}: a timer of Node's, a file, a connection, a process.
 *
 * A promise that nothing real will settle does not count, nor does what would not keep a process alive.
 */
export class RealWork {
  readonly #scope = new AsyncLocalStorage<number>();
  readonly #begun = new Map<number, Begun>();
  readonly #hook = createHook({
    init: (id, type, _trigger, resource) => {
      const since = type === "PROMISE" ? undefined : this.#scope.getStore();
      if (since === undefined || !COUNTED.test(type)) return;
      const isPromised = type.endsWith("REQUEST") && isOfWebCrypto();
      this.#begun.set(id, { type, resource, since, isPromised, bytes: 0, seenAt: performance.now() });
    },
    destroy: (id) => {
      this.#begun.delete(id);
    },
    // Node 24 need not watch each promise; before, it does.
    ...{ trackPromises: false },
  });

  constructor() {
    this.#hook.enable();
  }

  /** Watches what is begun here, and by what was. */
  run<T>(work: () => T): T {
    return this.#scope.run(performance.now(), work);
  }

  get goesOn(): boolean {
    return [...this.#begun.values()].some(isBusy);
  }

  /** Lets a little real time pass. */
  async passTime(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }

  close(): void {
    this.#hook.disable();
    this.#begun.clear();
  }
}

/** A job that is done at once, as by `pbkdf2Sync`, is told from others by nothing else than who begins it. */
function isOfWebCrypto(): boolean {
  return getCallSites(20).some(({ scriptName }) => scriptName === "node:internal/crypto/webcrypto");
}

function isBusy(begun: Begun): boolean {
  const { type, resource, since, isPromised, seenAt } = begun;
  const now = performance.now();
  if (now - since > LONGEST_MS || resource.hasRef?.() === false || typeof resource._repeat === "number")
    return false;
  if (type.endsWith("REQUEST")) return isPromised || resource.ondone !== undefined;
  if (resource.bytesRead === undefined) return true;
  const bytes = resource.bytesRead + (resource.bytesWritten ?? 0);
  if (bytes !== begun.bytes) Object.assign(begun, { bytes, seenAt: now });
  return now - seenAt < IDLE_MS;
}
