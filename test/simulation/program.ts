import type { Chance } from "./chance.ts";

/** One thing that a journey does. Each has a result that does not depend on when things happen, except a race. */
export type Step =
  | {
      readonly do: "task" | "heavy" | "stubborn" | "retried" | "broken" | "delegated" | "overdue";
      readonly name: string;
    }
  | { readonly do: "inline" | "signal" | "ask" | "broken-child" | "heavy-child"; readonly name: string }
  | { readonly do: "flaky"; readonly name: string; readonly failures: number }
  | { readonly do: "timer"; readonly ms: number }
  | { readonly do: "patient"; readonly ms: number; readonly form: WaitForm }
  | {
      readonly do: "batched" | "watched" | "nested" | "latch" | "late" | "side" | "drawn" | "meddling";
      readonly name: string;
    }
  | { readonly do: "word" | "heavy-word" | "news" | "shared-child" }
  | { readonly do: "race"; readonly names: readonly [string, string] }
  | { readonly do: "child"; readonly steps: readonly Step[] }
  | { readonly do: "parallel"; readonly branches: readonly (readonly Step[])[] };

/** How code waits for a word that it may stop waiting for. */
export const WAIT_FORMS = ["plain", "derived", "derived twice", "iterator", "nested"] as const;
export type WaitForm = (typeof WAIT_FORMS)[number];

/** What a step gives. */
export type Outcome = string | readonly Outcome[];

/** A workflow that a client starts: its steps, and how it ends. */
export interface Journey {
  readonly id: string;
  /** One list of steps for each life of the id: more than one needs a custom id. */
  readonly lives: readonly (readonly Step[])[];
  /** It waits for a word that never comes, and is canceled. */
  readonly isCanceled: boolean;
}

/** What the clients of one run ask for. */
export type Programs = readonly Journey[];

type Kind = Step["do"];

/** What journeys are made of. */
export interface Repertoire {
  readonly kinds: readonly ("plain" | "news" | "canceled" | "twice" | "long")[];
  readonly anywhere: readonly Kind[];
  /** What only a journey that a client started can do, one at a time. */
  readonly atTheTop: readonly Kind[];
  /** What each life of an id that lives twice can do. */
  readonly inTwoLives: readonly Kind[];
  readonly timersMs: readonly number[];
  readonly waitForms: readonly WaitForm[];
}

const ANYWHERE = [
  "task",
  "task",
  "flaky",
  "stubborn",
  "retried",
  "broken",
  "delegated",
  "overdue",
  "inline",
  "timer",
  "race",
  "broken-child",
  "child",
  "parallel",
] as const;

const EVERYTHING: Repertoire = {
  kinds: ["plain", "plain", "plain", "news", "canceled", "twice", "long"],
  anywhere: ANYWHERE,
  atTheTop: [...ANYWHERE, "word", "patient", "signal", "signal"],
  inTwoLives: ANYWHERE,
  timersMs: [0, 50, 2_000, 30_000, 20 * 60_000],
  waitForms: ["plain"],
};

/** With instances that several others deal with. */
const SOCIAL: Repertoire = {
  ...EVERYTHING,
  kinds: ["plain", "plain", "plain", "news", "canceled", "twice", "twice"],
  inTwoLives: [...ANYWHERE, "word", "word", "word", "word"],
  atTheTop: [
    ...EVERYTHING.atTheTop,
    "signal",
    "ask",
    "ask",
    "ask",
    "shared-child",
    "shared-child",
    "shared-child",
  ],
};

/** With values that travel beside the messages, which takes the simulation longer. */
const HEAVY: Repertoire = {
  ...EVERYTHING,
  anywhere: [...ANYWHERE, "heavy", "heavy", "heavy-child", "heavy-child"],
  atTheTop: [
    ...EVERYTHING.atTheTop,
    "heavy",
    "heavy",
    "heavy-child",
    "heavy-child",
    "heavy-word",
    "heavy-word",
  ],
};

const EDGES_SHARE = 0.3;
const EDGES_ANYWHERE = [
  ...ANYWHERE,
  "batched",
  "batched",
  "watched",
  "nested",
  "latch",
  "late",
  "drawn",
  "meddling",
] as const;

/** With what ordinary workflow code does beside awaiting one thing after the other. */
const EDGES: Repertoire = {
  ...EVERYTHING,
  anywhere: EDGES_ANYWHERE,
  atTheTop: [...EDGES_ANYWHERE, "word", "patient", "patient", "patient", "side", "side"],
  inTwoLives: [...EDGES_ANYWHERE, "word", "patient", "patient"],
  waitForms: WAIT_FORMS,
};

/** Makes up what clients ask for. */
export function programsOf(chance: Chance): Programs {
  const isAtTheEdge = chance.draw("edges") < EDGES_SHARE;
  const repertoire = isAtTheEdge ? EDGES : chance.pick("repertoire", [EVERYTHING, EVERYTHING, SOCIAL, HEAVY]);
  const count = chance.int("journeys", 1, 3);
  return Array.from({ length: count }, (_, index) => journeyOf(chance, `j${index}`, repertoire));
}

/** Makes up a journey: the same whatever else the chance decided, if no other journey has this id. */
export function journeyOf(chance: Chance, id: string, repertoire: Repertoire): Journey {
  const kind = chance.pick(`kind of ${id}`, repertoire.kinds);
  const most = kind === "long" ? 12 : 4;
  const kinds = kindsOf(kind, repertoire);
  const steps = stepsOf(chance, id, { most, kinds, depth: 0, repertoire });
  const first = kind === "news" ? [{ do: "news" } as const, ...steps] : steps;
  const second =
    kind === "twice" ? [stepsOf(chance, `${id}-again`, { most, kinds, depth: 0, repertoire })] : [];
  return { id, lives: [first, ...second], isCanceled: kind === "canceled" };
}

/** What a journey's own steps can be: a client's words and the collector are not always at hand. */
function kindsOf(kind: Repertoire["kinds"][number], repertoire: Repertoire): readonly Kind[] {
  if (kind === "canceled") return repertoire.anywhere;
  return kind === "twice" ? repertoire.inTwoLives : repertoire.atTheTop;
}

interface Place {
  readonly most: number;
  readonly kinds: readonly Kind[];
  readonly depth: number;
  readonly repertoire: Repertoire;
}

function stepsOf(chance: Chance, name: string, place: Place): readonly Step[] {
  const length = chance.int(`length of ${name}`, 1, place.most);
  return Array.from({ length }, (_, index) => stepOf(chance, `${name}.${index}`, place));
}

function stepOf(chance: Chance, name: string, { kinds, depth, repertoire }: Place): Step {
  const kind = chance.pick(`step ${name}`, kinds);
  const inner = { most: 2, kinds: repertoire.anywhere, depth: depth + 1, repertoire };
  switch (kind) {
    case "flaky":
      return { do: "flaky", name, failures: chance.int(`failures of ${name}`, 1, 3) };
    case "timer":
      return { do: "timer", ms: chance.pick(`timer ${name}`, repertoire.timersMs) };
    case "patient":
      return {
        do: "patient",
        ms: chance.int(`patience ${name}`, 50, 1_000),
        form: chance.pick(`form of ${name}`, repertoire.waitForms),
      };
    case "word":
    case "heavy-word":
    case "news":
    case "shared-child":
      return { do: kind };
    case "race":
      return { do: "race", names: [`${name}.left`, `${name}.right`] };
    case "child":
      return depth < 2 ? { do: "child", steps: stepsOf(chance, name, inner) } : { do: "task", name };
    case "parallel": {
      if (depth >= 2) return { do: "task", name };
      const branches = [0, 1, 2].slice(0, chance.int(`branches of ${name}`, 2, 3));
      return {
        do: "parallel",
        branches: branches.map((branch) => stepsOf(chance, `${name}.${branch}`, inner)),
      };
    }
    default:
      return { do: kind, name };
  }
}
