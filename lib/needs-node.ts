/**
 * Imported first by the package's entries, for its effect: whoever imports one with a Node.js that is too old is told so
 * in one sentence, before anything else is evaluated.
 */
import { InfiniticError } from "./core/values/errors.ts";
import { nodeVersionFlaw } from "./node-version.ts";

const flaw = nodeVersionFlaw();
if (flaw !== undefined) throw new InfiniticError("MISCONFIGURED", flaw);
