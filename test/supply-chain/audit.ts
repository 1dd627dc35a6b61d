/**
 * Asks the registry what is known against the dependencies that users get: `npm run audit`.
 *
 * Ends with 0 when that is nothing, 1 when it is something, and 2 when the registry gives no audits: then nothing is
 * known, and nothing was shown.
 */
import { audit } from "./npm-audit.ts";

const { verdict, said } = await audit();
console.log(said);
process.exit({ clean: 0, vulnerable: 1, unknown: 2 }[verdict]);
