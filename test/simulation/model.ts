import type { Journey, Outcome, Step } from "./program.ts";

/** What must come out: a text, one of several where the world decides, or a list of these. */
export type Expected = string | { readonly oneOf: readonly string[] } | readonly Expected[];

/** What a journey gives in a perfect world, life by life; nothing where it is canceled. */
export function expectedOf({ lives, isCanceled, id }: Journey): readonly (readonly Expected[] | undefined)[] {
  return lives.map((steps) => {
    const words = wordsOf(id)[Symbol.iterator]();
    return isCanceled ? undefined : steps.map((step) => expectedOfStep(step, () => words.next().value));
  });
}

/** What a client says to a journey, in this order. */
export function* wordsOf(id: string): Generator<string, never> {
  for (let nth = 0; ; nth += 1) yield `word ${nth} to ${id}`;
}

export const newsOf = (tag: string): string => `news for ${tag}`;
export const NEWS_TAG = "vip";

/** How many words a life takes. */
export function wordsTaken(steps: readonly Step[]): number {
  return steps.filter((step) => step.do === "word" || step.do === "patient").length;
}

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
    case "retried":
      return `TaskFailedError, then ${step.name} done`;
    case "broken":
      return "TaskFailedError";
    case "overdue":
      return "TaskTimedOutError";
    case "delegated":
      return `${step.name} completed`;
    case "timer":
      return "time";
    case "inline":
      return `${step.name} inline`;
    case "word":
    case "patient":
      return nextWord();
    case "news":
      return newsOf(NEWS_TAG);
    case "signal":
      return "sent";
    case "broken-child":
      return "WorkflowFailedError";
    case "race":
      return { oneOf: step.names.map((name) => `${name} done`) };
    case "child":
      return step.steps.map((one) => expectedOfStep(one, nextWord));
    case "parallel":
      return step.branches.map((branch) => branch.map((one) => expectedOfStep(one, nextWord)));
  }
}
