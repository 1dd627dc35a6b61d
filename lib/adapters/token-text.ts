import { InfiniticError } from "../core/values/errors.ts";

/** What a header takes as a token. */
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * Reads a token as it was kept: what files, editors and consoles put around it, a line end or a byte order mark, is no
 * part of it.
 *
 * @param where it was found
 * @throws InfiniticError `MISCONFIGURED`, without the token
 */
export function tokenText(where: string, text: string): string {
  const token = text.trim(); // a byte order mark is white space, too
  if (TOKEN.test(token)) return token;
  const got = token === "" ? "an empty one" : "one with a space, a line end or another character within it";
  throw new InfiniticError(
    "MISCONFIGURED",
    `expected a token of visible ASCII characters at ${where}, got ${got}`,
  );
}
