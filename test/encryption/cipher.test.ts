import { describe, expect, test } from "vitest";
import { Cipher } from "../../lib/adapters/encryption/cipher.ts";
import type { KeyLimits } from "../../lib/adapters/encryption/data-key-cache.ts";
import { MemoryDataKeys } from "../../lib/adapters/memory/data-keys.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { DataKeys } from "../../lib/ports/data-keys.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";

const HOUR_MS = 3_600_000;
const bytes = Buffer.from("what is to be kept");

/** Keys, and how often their keeper was asked. */
class CountedKeys implements DataKeys {
  readonly #keys = new MemoryDataKeys({ text: "any" });
  generated = 0;
  unwrapped = 0;
  isDenied = false;

  async generate() {
    this.generated += 1;
    this.#check();
    return this.#keys.generate();
  }

  async unwrap(wrapped: Uint8Array) {
    this.unwrapped += 1;
    this.#check();
    return this.#keys.unwrap(wrapped);
  }

  #check(): void {
    if (this.isDenied) throw new InfiniticError("ENCRYPTION_KEY_UNAVAILABLE", "denied");
  }
}

function setup(limits: Partial<KeyLimits> = {}) {
  const dataKeys = new CountedKeys();
  const clock = new ManualClock();
  const newCipher = (): Cipher => new Cipher({ dataKeys, clock, limits });
  return { dataKeys, clock, cipher: newCipher(), newCipher };
}

describe("a value", () => {
  test("is what it was, for whoever has the master key", async () => {
    const { cipher, newCipher } = setup();
    const envelope = await cipher.encrypt(bytes, "state:Booking:42");
    expect(Buffer.from(envelope).includes(bytes)).toBe(false);
    expect(Buffer.from(await newCipher().decrypt(envelope, "state:Booking:42"))).toEqual(bytes);
  });

  test("is never encrypted twice to the same bytes", async () => {
    const { cipher } = setup();
    const all = await Promise.all([1, 2].map(() => cipher.encrypt(bytes, "a")));
    expect(all[0]).not.toEqual(all[1]);
  });

  test("of before is left as it is", async () => {
    const { cipher } = setup();
    for (const first of [0, 1]) {
      const plain = Buffer.from([first, ...bytes]);
      expect(await cipher.decrypt(plain, "a")).toBe(plain);
    }
  });

  test("that was moved is not decrypted", async () => {
    const { cipher } = setup();
    const envelope = await cipher.encrypt(bytes, "state:Booking:42");
    await expect(cipher.decrypt(envelope, "state:Booking:43")).rejects.toMatchObject({
      code: "DECRYPTION_FAILED",
      message: "expected an encrypted value, got bytes that were changed, or moved to state:Booking:43",
    });
  });

  test("of which any byte was changed, or cut off, is not decrypted", async () => {
    const { cipher } = setup();
    const envelope = Buffer.from(await cipher.encrypt(bytes, "a"));
    for (let at = 1; at < envelope.length; at++) {
      const changed = Buffer.from(envelope);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(cipher.decrypt(changed, "a")).rejects.toMatchObject({ code: "DECRYPTION_FAILED" });
      const cut = envelope.subarray(0, at);
      await expect(cipher.decrypt(cut, "a")).rejects.toMatchObject({ code: "DECRYPTION_FAILED" });
    }
  });

  test("of another master key is not decrypted", async () => {
    const { cipher, clock } = setup();
    const other = new Cipher({ dataKeys: new MemoryDataKeys({ text: "other" }), clock });
    const envelope = await other.encrypt(bytes, "a");
    await expect(cipher.decrypt(envelope, "a")).rejects.toMatchObject({ code: "DECRYPTION_FAILED" });
  });
});

describe("the keeper of the master key", () => {
  test("is asked for one key by all who encrypt at once, and not for one's own values", async () => {
    const { cipher, dataKeys } = setup();
    const all = await Promise.all(Array.from({ length: 50 }, () => cipher.encrypt(bytes, "a")));
    for (const envelope of all) await cipher.decrypt(envelope, "a");
    expect(dataKeys).toMatchObject({ generated: 1, unwrapped: 0 });
  });

  test("is asked once for another's key", async () => {
    const { cipher, newCipher, dataKeys } = setup();
    const envelopes = await Promise.all([1, 2, 3].map(() => newCipher().encrypt(bytes, "a")));
    for (let n = 0; n < 10; n++) {
      await Promise.all(envelopes.map((envelope) => cipher.decrypt(envelope, "a")));
    }
    expect(dataKeys).toMatchObject({ generated: 3, unwrapped: 3 });
  });

  test("is asked again when a key is old, one's own or another's, and old values are still read", async () => {
    const { cipher, newCipher, dataKeys, clock } = setup();
    const own = await cipher.encrypt(bytes, "a");
    const others = await newCipher().encrypt(bytes, "a");
    await cipher.decrypt(others, "a");
    await clock.advance(HOUR_MS);
    await cipher.encrypt(bytes, "a");
    expect(Buffer.from(await cipher.decrypt(own, "a"))).toEqual(bytes);
    expect(Buffer.from(await cipher.decrypt(others, "a"))).toEqual(bytes);
    expect(dataKeys).toMatchObject({ generated: 3, unwrapped: 3 });
  });

  test("is asked again when a key has been used often enough", async () => {
    const { cipher, dataKeys } = setup({ maxUses: 10 });
    for (let n = 0; n < 25; n++) await cipher.encrypt(bytes, "a");
    expect(dataKeys.generated).toBe(3);
  });

  test("is asked again for keys that are forgotten because there are too many", async () => {
    const { cipher, newCipher, dataKeys } = setup({ maxKeys: 2 });
    const envelopes = await Promise.all([1, 2, 3].map(() => newCipher().encrypt(bytes, "a")));
    for (const envelope of envelopes) await cipher.decrypt(envelope, "a");
    for (const envelope of envelopes.slice(1)) await cipher.decrypt(envelope, "a");
    expect(dataKeys.unwrapped).toBe(3);
    await cipher.decrypt(envelopes[0] ?? bytes, "a");
    expect(dataKeys.unwrapped).toBe(4);
  });

  test("may refuse: that is told, and it is asked again", async () => {
    const { cipher, newCipher, dataKeys } = setup();
    const others = await newCipher().encrypt(bytes, "a");
    dataKeys.isDenied = true;
    const refused = { code: "ENCRYPTION_KEY_UNAVAILABLE" };
    await expect(cipher.encrypt(bytes, "a")).rejects.toMatchObject(refused);
    await expect(cipher.decrypt(others, "a")).rejects.toMatchObject(refused);
    dataKeys.isDenied = false;
    await cipher.encrypt(bytes, "a");
    expect(Buffer.from(await cipher.decrypt(others, "a"))).toEqual(bytes);
  });
});
