import { InfiniticError } from "./errors.ts";
import { MAX_CUSTOM_ID_CHARACTERS, MAX_TAG_CHARACTERS, MAX_TAGS } from "./limits.ts";
import { show } from "./show.ts";

/** Tells whether a value may be a tag, which is part of an item's key. */
export function isTag(value: unknown): value is string {
  return isTextUpTo(MAX_TAG_CHARACTERS, value);
}

/**
 * Returns the tag, if it may be one.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function checkTag(tag: unknown): string {
  if (isTag(tag) && isWellFormed(tag)) return tag;
  throw invalid(`a tag of 1 to ${MAX_TAG_CHARACTERS} characters`, tag);
}

/**
 * Returns the tags, each once, if they may be those of an instance or a task.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function checkTags(tags: unknown): readonly string[] {
  if (!Array.isArray(tags)) throw invalid("tags to be an array of texts", tags);
  const once = new Set(Array.from(tags, checkTag));
  if (once.size <= MAX_TAGS) return [...once];
  throw invalid(`at most ${MAX_TAGS} tags`, once.size);
}

/**
 * Returns the custom id, if it may be one.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function checkCustomId(customId: unknown): string {
  if (isTextUpTo(MAX_CUSTOM_ID_CHARACTERS, customId) && isWellFormed(customId)) return customId;
  throw invalid(`a customId of 1 to ${MAX_CUSTOM_ID_CHARACTERS} characters`, customId);
}

/** Half of a surrogate pair is no character: an address would have another one in its place. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

function isTextUpTo(most: number, value: unknown): value is string {
  return typeof value === "string" && value.length >= 1 && value.length <= most;
}

function invalid(expected: string, got: unknown): InfiniticError {
  return new InfiniticError("INVALID_OPTION", `expected ${expected}, got ${show(got)}`);
}
