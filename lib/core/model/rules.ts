/** One change of what a replay of workflow code does. */
interface Rule {
  /** Counts from 1. A released number is never changed and never used again. */
  readonly number: number;
  /** What the code sees since then. */
  readonly change: string;
  /** What went wrong before. */
  readonly reason: string;
}

/**
 * The rules of the engine, oldest first: one entry for each change that would make a replay of an existing history
 * issue other commands.
 *
 * A run records the highest number known when it began (`instance-started.rules`; absent means 0) and follows the
 * rules up to that number until it ends, whatever is deployed meanwhile. A new rule is a new entry here, and
 * {@link follows} where the code decides between the old behaviour and the new one.
 */
export const RULES = {
  historyIsNotShared: {
    number: 1,
    change:
      "tags and meta of workflowContext() are frozen; filters, schemas of signals and caught errors get copies of what history has",
    reason: "code that changed one of them changed the history of its instance (EDG-34)",
  },
  awaitsRepeatLastSignal: {
    number: 2,
    change:
      "awaits of one receive take no more signals together than its limit; those beyond it repeat the last",
    reason: "`Promise.all([r, r])` of a receive with limit 1 took two signals (EDG-22)",
  },
  signalsArriveAsMade: {
    number: 3,
    change: "a receive gives what the channel's schema makes of the signal",
    reason: "what it made was turned into JSON once more: a Date arrived as text (EDG-23)",
  },
  schemasRepeat: {
    number: 4,
    change: "chance and clock inside a schema depend on nothing but the value that it judges",
    reason: "a default that is a random id was another one after a replay (EDG-33)",
  },
  canceledMethodsReject: {
    number: 5,
    change: "another method's await of a canceled method's command rejects",
    reason: "it waited for ever, for what was never to come (EDG-43)",
  },
  failedMethodsStop: {
    number: 6,
    change: "a method that has failed for good, or was canceled, issues and takes nothing any more",
    reason:
      "a plain promise that another method resolved let it go on: it ran tasks after its failure (EDG-32)",
  },
  foreignWorkIsNoticed: {
    number: 7,
    change:
      "a method fails as soon as it begins I/O or awaits somebody else's promise, whatever it waits for beside that; it may wait for a promise that its instance's code has made",
    reason:
      "beside something durable it was noticed only by a replay, and waiting for another method was taken for I/O (EDG-31, EDG-32)",
  },
  toldFailuresEnd: {
    number: 8,
    change:
      "an instance whose first method has completed or was canceled has ended when the rest has ended or failed",
    reason: "one caller's failed call kept the instance open for 90 days, and its custom id taken (EDG-60)",
  },
  ownEndIsNotAwaited: {
    number: 9,
    change: "a first method that starts its own instance, to wait for its own end, is refused",
    reason: "it waited for ever (EDG-42)",
  },
  anyIsHeld: {
    number: 10,
    change:
      "a Promise.any that rejects, and goes through a method uncaught, is held: the method goes on once one of its tasks does better",
    reason: "a retry of the tasks did not resume it (EDG-51)",
  },
  failuresArriveWhole: {
    number: 11,
    change:
      "a caught error has the errors that it is made of, the properties and the text that whoever threw it gave it; a user's own is told from one of the catalogue by more than its name and code",
    reason: "all these were lost, and a user's error of one of our names was taken for ours (EDG-51, EDG-52)",
  },
  everyDoorIsGuarded: {
    number: 12,
    change:
      "clocks and chance of Node's modules are history's, and its I/O is refused, however they are reached",
    reason: "only globals were guarded: an id of `node:crypto` was another one after a replay (EDG-30)",
  },
  losersTakeNothing: {
    number: 13,
    change:
      "a receive takes a signal only while somebody waits for what is made of it: by then(), an iterator, an async function, combinations in each other",
    reason: "what had lost a race, or an `all` that failed, took a signal that nobody got (EDG-20, EDG-21)",
  },
  optionsAreChecked: {
    number: 14,
    change: "options, ids and limits that no message can carry are refused where workflow code gives them",
    reason: "the engine parked its own message, and the workflow waited for ever (EDG-41)",
  },
  stubsAreValues: {
    number: 15,
    change: "a stub that is turned to JSON, to text or compared is a value, and issues nothing",
    reason: "`JSON.stringify(this)` ran a task toJSON, a text ran a task toString (EDG-62)",
  },
  inlinesChangeNothing: {
    number: 16,
    change: "an inline task that changes a property of the workflow fails",
    reason: "no replay runs it again: the change was lost (EDG-36)",
  },
  localOptionsAreChecked: {
    number: 17,
    change:
      "options of inline tasks, conditions, channels and receives that are wrong or unknown are refused, as is a filter that gives a promise",
    reason: "they were ignored: a misspelled timeout was none (EDG-41)",
  },
  strictComparesCommands: {
    number: 18,
    change: "a replay that compares values compares whole commands, and results",
    reason: "ids, tags, instants and results that differed from replay to replay were not seen (EDG-30)",
  },
  conditionsAreCanceled: {
    number: 19,
    change: "a condition ends when the method that asked for it is canceled: who awaits it gets that error",
    reason: "another method that awaited it waited for ever (EDG-43)",
  },
} as const satisfies { readonly [name: string]: Rule };

export type RuleName = keyof typeof RULES;

/** The number that new runs record. */
export const CURRENT_RULES = Object.values<Rule>(RULES).reduce(
  (highest, { number }) => Math.max(highest, number),
  0,
);

/** Whether a run that records this number of rules follows a rule. */
export function follows(rules: number, name: RuleName): boolean {
  const { number }: Rule = RULES[name];
  return rules >= number;
}
