import type { Channel } from "../../lib/runtime/channel.ts";
import { inline } from "../../lib/workflow/inline.ts";
import type { ServiceStub } from "../../lib/workflow/service-stub.ts";
import { timer } from "../../lib/workflow/timer.ts";
import type { Desk } from "./journey.ts";
import type { Outcome, WaitForm } from "./program.ts";

/** What the steps of this file work with. */
interface Parts {
  readonly desk: ServiceStub<Desk>;
  readonly words: Channel<string>;
}

/** Each twice as long as the one before: in all, more than an hour. */
const MOST_ROUNDS = 17;

/**
 * Takes the next word by a race with a timer that is begun again until the word wins: a receive that loses its race
 * takes no signal with it, in whatever form the code waits for it.
 */
export async function patientWord({ words }: Parts, form: WaitForm, ms: number): Promise<string> {
  const iterator = words[Symbol.asyncIterator]();
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const word = await Promise.race([waitFor(words, iterator, form), timer(ms * 2 ** round)]);
    if (typeof word === "string") return word;
  }
  return "no word came";
}

function waitFor(
  words: Channel<string>,
  iterator: AsyncIterator<string>,
  form: WaitForm,
): PromiseLike<string> {
  switch (form) {
    case "plain":
      return words.receive();
    case "derived":
      return words.receive().then((word) => word);
    case "derived twice":
      return words
        .receive()
        .then((word) => ({ word }))
        .then(({ word }) => word);
    case "iterator":
      return iterator.next().then(({ value }) => value);
    case "nested":
      return Promise.race([
        Promise.all([Promise.any([words.receive()]), "and more"]).then(([word]) => word),
        timer("1d").then(() => "a day has passed"),
      ]);
  }
}

/** Combinators three deep, over tasks that fail and tasks that do not. */
export async function nestedTasks({ desk }: Parts, name: string): Promise<Outcome> {
  const first = Promise.any([desk.broken(`${name}.broken`), Promise.all([desk.work(`${name}.one`)])]);
  const settled = Promise.allSettled([
    desk.broken(`${name}.other`),
    Promise.race([desk.work(`${name}.two`)]),
  ]);
  const [[one = ""], statuses] = await Promise.all([first, settled]);
  return [one, ...statuses.map(({ status }) => status)];
}

/** Waits for a promise that other code of the workflow resolves. */
export async function latch({ desk }: Parts, name: string): Promise<string> {
  let open: (word: string) => void = () => undefined;
  const opened = new Promise<string>((resolve) => {
    open = resolve;
  });
  const opener = async (): Promise<void> => open(await desk.work(name));
  const [word] = await Promise.all([opened, opener()]);
  return word;
}

/** Draws an id that each replay must draw again. */
export async function drawnId({ desk }: Parts): Promise<string> {
  const id = crypto.randomUUID();
  return (await desk.copy(id)) === `copy of ${id}` ? "the same id" : "another id";
}

/** Runs two inline tasks beside each other, one of which changes a property, which none may. */
export async function meddlingInline(
  { marks }: { readonly marks: string[] },
  name: string,
): Promise<Outcome> {
  const good = inline(async () => name);
  const meddling = inline(async () => {
    await undefined;
    marks.push(name);
  });
  const [value, error] = await Promise.all([
    good,
    meddling.then(
      () => "taken",
      (thrown) => (thrown as Error).name,
    ),
  ]);
  return [value, error, marks.length === 0 ? "no marks" : marks.join()];
}

/** Leaves a promise behind that rejects later, and that nobody awaits. */
export async function lateRejection({ desk }: Parts, name: string): Promise<string> {
  const neglected = async (): Promise<void> => {
    await desk.work(`${name}.neglected`);
    throw new RangeError(`nobody waits for ${name}`);
  };
  void neglected();
  return desk.work(name);
}
