import { heavy, weighed } from "./heavy.ts";
import type { Journey, Outcome, Step } from "./program.ts";

/** What must come out: a text, one of several where the world decides, or a list of these. */
export type Expected = string | { readonly oneOf: readonly string[] } | readonly Expected[];

/** What a journey gives in a perfect world, life by life; nothing where it is canceled. */
export function expectedOf({ lives, isCanceled, id }: Journey): readonly (readonly Expected[] | undefined)[] {
  return lives.map((steps, life) => {
    const words = [...wordsTo(lifeName(id, life), steps)];
    return isCanceled ? undefined : steps.map((step) => expectedOfStep(step, () => words.shift() ?? ""));
  });
}

/** The name of one life of a journey. */
export const lifeName = (id: string, life: number): string => (life === 0 ? id : `${id}-again`);

/** What a client says to a life of a journey, in this order: a word for each step that takes one. */
export function wordsTo(name: string, steps: readonly Step[]): readonly string[] {
  const takers = steps.filter((step) => ["word", "heavy-word", "patient"].includes(step.do));
  return takers.map((taker, nth) => {
    const word = `word ${nth} to ${name}`;
    return taker.do === "heavy-word" ? heavy(word) : word;
  });
}

export const newsOf = (tag: string): string => `news for ${tag}`;
export const NEWS_TAG = "vip";

/** What a life sends to its collector, in this order. */
export function sentBy(steps: readonly Step[]): readonly string[] {
  return steps.flatMap((step) => (step.do === "signal" ? [step.name] : []));
}

/** Tells whether an outcome is what the model allows. */
export function matches(expected: Expected, got: Outcome | undefined): boolean {
  if (typeof expected === "string") return got === expected;
  if ("oneOf" in expected) return typeof got === "string" && expected.oneOf.includes(got);
  if (got === undefined || typeof got === "string" || got.length !== expected.length) return false;
  return expected.every((one, index) => matches(one, got[index]));
}

function expectedOfStep(step: Step, nextWord: () => string): Expected {
  switch (step.do) {
    case "task":
    case "flaky":
    case "stubborn":
      return `${step.name} done`;
    case "heavy":
      return weighed(`copy of ${heavy(step.name)}`);
    case "retried":
      return `TaskFailedError, then ${step.name} done`;
    case "broken":
      return "TaskFailedError";
    case "overdue":
      return "TaskTimedOutError";
    case "batched":
      return `${step.name} batched`;
    case "watched":
      // Heartbeats that come late, or not at all, fail it.
      return { oneOf: [`${step.name} completed`, "TaskFailedError"] };
    case "nested":
      return [`${step.name}.one done`, "rejected", "fulfilled"];
    case "meddling":
      return [step.name, "InvalidInlineError", "no marks"];
    case "drawn":
      return "the same id";
    case "latch":
    case "late":
      return `${step.name} done`;
    case "side":
      return "WorkflowFailedError";
    case "delegated":
      return `${step.name} completed`;
    case "timer":
      return "time";
    case "inline":
      return `${step.name} inline`;
    case "word":
    case "patient":
      return nextWord();
    case "heavy-word":
      return weighed(nextWord());
    case "news":
      return newsOf(NEWS_TAG);
    case "ask":
      // The collector may come too late, or have gone.
      return { oneOf: [`${step.name} done`, "WorkflowUnknownError", "WorkflowEndedError"] };
    case "shared-child":
      return "shared";
    case "signal":
      return "sent";
    case "broken-child":
      return "WorkflowFailedError";
    case "heavy-child":
      return weighed(heavy(step.name));
    case "race":
      return { oneOf: step.names.map((name) => `${name} done`) };
    case "child":
      return step.steps.map((one) => expectedOfStep(one, nextWord));
    case "parallel":
      return step.branches.map((branch) => branch.map((one) => expectedOfStep(one, nextWord)));
  }
}
