import type { Random } from "../core/values/random.ts";
import { refuseAll } from "./refusal.ts";
import { guardedScope } from "./scope.ts";

const since = "everyDoorIsGuarded";
const instead = "crypto.randomUUID() or inline()";

/** Chance that has to be as good as can be: not even history may know it. */
const SECRETS = [
  "generateKey",
  "generateKeySync",
  "generateKeyPair",
  "generateKeyPairSync",
  "generatePrime",
  "generatePrimeSync",
  "createECDH",
  "createDiffieHellman",
];
const BYTES = [
  "randomBytes",
  "pseudoRandomBytes",
  "prng",
  "rng",
  "randomFill",
  "randomFillSync",
  "randomInt",
];

/** Has chance give the same again in a replay, inside workflow code, or refuses it. */
export function guardChance(): void {
  const { random } = Math;
  Math.random = () => chance()?.next() ?? random();
  const webCrypto = globalThis.crypto;
  const nodeCrypto = process.getBuiltinModule("node:crypto");
  const uuid = webCrypto.randomUUID.bind(webCrypto);
  const nodeUuid = nodeCrypto.randomUUID;
  type Uuid = ReturnType<typeof uuid>;
  const own = { configurable: true, writable: true, enumerable: true };
  Object.defineProperty(webCrypto, "randomUUID", {
    ...own,
    value: (): Uuid => (chance()?.uuid() as Uuid | undefined) ?? uuid(),
  });
  Object.defineProperty(nodeCrypto, "randomUUID", {
    ...own,
    value: (options?: object): Uuid => {
      const mine = guardedScope()?.execution.follows(since) ? chance() : undefined;
      return (mine?.uuid() as Uuid | undefined) ?? nodeUuid(options);
    },
  });
  Object.defineProperty(webCrypto, "getRandomValues", {
    ...own,
    value: webCrypto.getRandomValues.bind(webCrypto),
  });
  refuseAll(webCrypto, ["getRandomValues"], { prefix: "crypto.", instead });
  refuseAll(nodeCrypto, ["getRandomValues", "randomUUIDv7", ...BYTES], { prefix: "crypto.", instead, since });
  refuseAll(nodeCrypto, SECRETS, { prefix: "crypto.", instead: "a task, or inline()", since });
}

function chance(): Random | undefined {
  const scope = guardedScope();
  return scope?.random ?? scope?.method?.random ?? scope?.execution.random;
}
