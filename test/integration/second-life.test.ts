import { expect, it } from "vitest";
import type { Message } from "../../lib/core/protocol/messages.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import { expectOnce } from "./exactly-once.ts";
import { memoryGround } from "./grounds.ts";
import { FULL } from "./itinerary.ts";
import { Lives } from "./lives.ts";
import { withHints } from "./wrong-hints.ts";

const RETENTION_MS = 31 * 86_400_000;

it("a second life of an id hears nothing of the first: no late message, no hint", async () => {
  const ground = await memoryGround();
  const lives = new Lives(ground, {
    wrap: withHints(({ workflow, workflowId }, ledger) => {
      const [item] = ledger.items.get(`${workflow} ${workflowId}`)?.items.slice(2) ?? [];
      return item && { v: item.v, state: Buffer.from(item.body).toString("base64") };
    }),
  });
  await lives.run({ one: FULL });
  await expectOnce(lives, "one", FULL);
  await lives.close();
  const { clock } = ground.parts;
  if (clock instanceof ManualClock) await clock.advance(RETENTION_MS);
  expect(await lives.history({ workflow: "Itinerary", workflowId: "one" })).toEqual([]);

  const late = lives.ledger.published.filter(({ payload }) => "run" in (JSON.parse(payload) as Message));
  expect(late.length).toBeGreaterThan(10);
  await lives.run({ one: FULL }, late);
  await expectOnce(lives, "one", FULL);
  await lives.close();
  await ground.close();
});
