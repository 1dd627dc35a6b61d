import { promisify } from "node:util";
import { gzip } from "node:zlib";

/** What modules of users take for themselves before this library's guards are there. */
export const { now } = Date;
export const SomeDate = Date;
export const { random } = Math;
export const clock = performance.now.bind(performance);
export const uuid = crypto.randomUUID.bind(crypto);
export const { setTimeout: later, setImmediate: soon } = globalThis;
export const zip = promisify(gzip);
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => later(resolve, ms));

/** Calls back when the event loop has gone round a few times. */
export const muchLater = (call: () => void): void => {
  soon(() => soon(() => soon(() => soon(call))));
};

/** A promise that is nobody's instance's; never resolved. */
export const neverReady = new Promise<void>(() => {});
export const ready = Promise.resolve("ready");
