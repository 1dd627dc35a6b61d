import type { ByTagMessage } from "../../lib/core/protocol/messages.ts";
import type { TagEntry } from "../../lib/ports/tag-index.ts";
import { Journey } from "../simulation/journey.ts";
import type { Past } from "../simulation/ledger.ts";
import { recordsOf } from "../simulation/ledger.ts";
import type { Expected } from "../simulation/model.ts";
import type { Journey as Program } from "../simulation/program.ts";
import { headOf, runOf, workflowIdOf } from "../simulation/requests.ts";

/** In a load each journey that waits for news has a tag of its own, and is told of it by that tag only. */
const tagOf = ({ id }: Program): string => `tag of ${id}`;

const textOf = (program: Program): string => `news for ${tagOf(program)}`;

const waitsForNews = ({ lives: [first = []] }: Program): boolean => first.some((step) => step.do === "news");

/** What a start says of its tags. */
export const tagsOf = (program: Program) => {
  return { tags: [tagOf(program)] };
};

/** What is entered in the tag index before a journey starts; nothing where it has no tag. */
export function entriesOf(program: Program): readonly TagEntry[] {
  if (!waitsForNews(program)) return [];
  const [workflowId, run] = [workflowIdOf(program), runOf(program, 0)];
  return [{ workflow: Journey.name, tag: tagOf(program), workflowId, run }];
}

/** What is said by tag to a journey. */
export function newsTo(program: Program, at: number): readonly ByTagMessage[] {
  if (!waitsForNews(program)) return [];
  const operation = { kind: "signal", channel: "news", value: textOf(program) } as const;
  const news = { workflow: Journey.name, tag: tagOf(program), operation };
  return [{ ...headOf(`news-for-${program.id}`, at), kind: "by-tag", ...news }];
}

/** What the first life of a journey must give, where the news is its own. */
export function withNews(
  program: Program,
  expected: readonly Expected[] | undefined,
): readonly Expected[] | undefined {
  return expected?.map((one, nth) => (program.lives[0]?.[nth]?.do === "news" ? textOf(program) : one));
}

/** News that a journey had not once, and of its own tag. */
export function newsViolations(program: Program, past: Past): readonly string[] {
  const heard = recordsOf(past, "signal-received").filter(({ channel }) => channel === "news");
  const expected = waitsForNews(program) ? 1 : 0;
  return heard.length === expected
    ? []
    : [`${program.id} heard ${heard.length} signals by tag, the model ${expected}`];
}
