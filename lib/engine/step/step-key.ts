import { MAX_UNPROVEN } from "../../core/model/outbox.ts";
import { applyMessages } from "./apply-messages.ts";
import { commit } from "./commit.ts";
import { finish, keepWarm } from "./finish.ts";
import { load, loadConfirmed } from "./load.ts";
import { overflow } from "./overflow.ts";
import { dropPublished } from "./published.ts";
import type { Applied, Attempt, Base, Flush, Step, StepResult } from "./step.ts";
import { putWakes } from "./wakes.ts";

const MAX_ATTEMPTS = 5;

/**
 * Runs one step of one instance: load → drop what was published → apply the messages → write wake-ups → commit → finish.
 *
 * A conclusion that writes nothing is drawn only from a state that a consistent read has confirmed (I2); a lost commit
 * throws away everything that was computed, and begins again on the winner's state. An instance that outgrows its item
 * fails with STATE_TOO_LARGE (I10).
 */
export async function stepKey(step: Step): Promise<StepResult> {
  let base = await load(step);
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    const attempt = await attemptStep(step, base);
    switch (attempt.kind) {
      case "done":
      case "flush":
        return attempt;
      case "unconfirmed":
        base = { ...base, ...(await loadConfirmed(step)) };
        break;
      case "overtaken":
        base = { ...base, instance: attempt.instance, isConfirmed: true };
        break;
      case "overfull":
        base = { ...(await loadConfirmed(step)), isOverfull: true };
        break;
    }
  }
  return { kind: "contended" };
}

async function attemptStep(step: Step, base: Base): Promise<Attempt> {
  dropPublished(base.instance, step.context);
  const now = step.parts.clock.now();
  const applied = await apply(step, base, now);
  if (applied.kind === "flush" && base.isConfirmed) return applied;
  if (applied.kind !== "applied") return { kind: "unconfirmed" };
  const { isDirty } = applied.instance;
  if (!isDirty && !base.isConfirmed) return { kind: "unconfirmed" };
  await putWakes(step, applied.farWakes);
  if (isDirty) return commit(step, applied, now);
  if (applied.hasMissed) {
    // Another step may have recorded the message since, and deleted its value: then that is not missing.
    const { instance } = await loadConfirmed(step);
    if (instance.v !== base.instance.v) return { kind: "overtaken", instance };
  }
  return finish(step, applied);
}

async function apply(
  step: Step,
  base: Base,
  now: number,
): Promise<Applied | Flush | { readonly kind: "unconfirmed" }> {
  const { instance } = base;
  if (instance.outbox.length > MAX_UNPROVEN) {
    keepWarm(step.parts, instance); // nothing was run: what it stands on is committed
    return { kind: "flush", instance };
  }
  return base.isOverfull ? overflow(step, instance, now) : applyMessages(step, base, now);
}
