import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunKey } from "../../lib/core/values/ids.ts";
import type { PayloadStore } from "../../lib/ports/payload-store.ts";

/** Opens stores of one and the same data. */
export interface PayloadStoreSubject {
  open(): PayloadStore;
  stop(): Promise<void>;
}

const KB = 1024;

/** Text that no compression makes much smaller. */
const noise = (bytes: number): string => randomBytes(bytes).toString("base64").slice(0, bytes);

/** Specifies {@link PayloadStore} for one adapter; one that encrypts keeps a text that is put twice, twice. */
export function payloadStoreContract(
  name: string,
  start: () => Promise<PayloadStoreSubject>,
  { isEncrypted = false }: { readonly isEncrypted?: boolean } = {},
): void {
  describe(`payload store: ${name}`, () => {
    let subject: PayloadStoreSubject;
    let store: PayloadStore;
    beforeAll(async () => {
      subject = await start();
      store = subject.open();
    });
    afterAll(() => subject.stop());

    const newRun = (more: Partial<RunKey> = {}): RunKey => ({
      workflow: "Booking",
      workflowId: randomUUID(),
      run: randomUUID(),
      ...more,
    });

    test.each([
      ["of 0 bytes", ""],
      ["of 1 byte", "1"],
      ["of 300 KB", noise(300 * KB)],
      ["of 6 MB", noise(6 * KB * KB)],
      ["of 6 MB that is all the same", "a".repeat(6 * KB * KB)],
      ["of every alphabet", "ß → 日本語 🜁 \u0000 \u2028 \ufeff".repeat(10_000)],
    ])("brings a text %s back as it was, whoever asks", async (_, text) => {
      const { key, bytes } = await store.put(newRun(), text);
      expect(bytes).toBe(Buffer.byteLength(text));
      expect((await subject.open().get(key)) === text).toBe(true);
    });

    test.each([
      ["every character", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~@-"],
      ["128 characters", "x".repeat(128)],
      ["one dot", "."],
      ["two dots", ".."],
      ["only marks", "~@-_."],
      ["an object's property", "__proto__"],
    ])("takes ids of %s", async (_, id) => {
      const run = newRun({ workflowId: id, run: id });
      const { key } = await store.put(run, id);
      expect(await store.get(key)).toBe(id);
      await store.deleteRun(run);
      await expect(store.get(key)).rejects.toMatchObject({ code: "PAYLOAD_MISSING" });
    });

    test(`gives a text that is put twice ${isEncrypted ? "two keys" : "one key, and one payload"}`, async () => {
      const run = newRun();
      const text = noise(500 * KB);
      const [first, second] = await Promise.all([store.put(run, text), subject.open().put(run, text)]);
      expect(second.key === first.key).toBe(!isEncrypted);
      expect(second.bytes).toBe(first.bytes);
      for (const { key } of [first, second]) expect((await store.get(key)) === text).toBe(true);
    });

    test("gives texts keys of their own, and the same text in other runs too", async () => {
      const run = newRun();
      const others = [run, newRun({ ...run, run: "other" }), newRun({ ...run, workflowId: "other" })];
      const references = await Promise.all([
        ...others.map((other) => store.put(other, "text")),
        store.put(run, "another"),
      ]);
      expect(new Set(references.map(({ key }) => key)).size).toBe(4);
      const texts = await Promise.all(references.map(({ key }) => store.get(key)));
      expect(texts).toEqual(["text", "text", "text", "another"]);
    });

    test.each([
      [
        "a payload that was never put",
        (key: string) => `${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`,
      ],
      ["a payload whose name is the end of another's", (key: string) => key.slice(0, -5)],
      ["another run", (key: string) => key.replace("/Booking", "Booking").replace("run", "nur")],
      ["no key at all", () => "key"],
      ["a key of too many parts", (key: string) => `${key}/more`],
    ])("says that a payload is missing at the key of %s", async (_, keyOf) => {
      const { key } = await store.put(newRun({ run: "run" }), "text");
      await expect(store.get(keyOf(key))).rejects.toMatchObject({ code: "PAYLOAD_MISSING" });
    });

    test("deletes all payloads of a run, and no other's, however often", async () => {
      const run = newRun({ run: "r-1" });
      const others = [
        { ...run, run: "r-10" },
        { ...run, run: "r-" },
        { ...run, workflow: "Booking2" },
        { ...run, workflowId: `${run.workflowId}2` },
      ];
      const gone = await Promise.all(
        [noise(900 * KB), "small", ...Array.from({ length: 60 }, (_, n) => `${n}`)].map((text) =>
          store.put(run, text),
        ),
      );
      const kept = await Promise.all(others.map((other) => store.put(other, "small")));
      await store.deleteRun(run);
      await store.deleteRun(run);
      for (const { key } of gone)
        await expect(store.get(key)).rejects.toMatchObject({ code: "PAYLOAD_MISSING" });
      for (const { key } of kept) expect(await store.get(key)).toBe("small");
    });

    test("takes a text again after its run was deleted", async () => {
      const run = newRun();
      await store.put(run, "text");
      await store.deleteRun(run);
      const { key } = await store.put(run, "text");
      expect(await store.get(key)).toBe("text");
    });
  });
}
