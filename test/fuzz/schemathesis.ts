import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { pythonWith } from "../../infra/package/python.ts";

const PACKAGE = "schemathesis==4.32.5";
/** What each answer must do; that calls without authorisation are refused is the platform's to see to. */
const CHECKS =
  "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance";

/**
 * Calls an API with what Schemathesis makes of its OpenAPI document; PyPI has it.
 *
 * @returns what it printed, and whether it found nothing
 */
export async function runSchemathesis(
  url: string,
  { examples, seed }: { readonly examples: number; readonly seed: number },
): Promise<{ readonly isClean: boolean; readonly said: string }> {
  const bin = await pythonWith([PACKAGE], console.log);
  const directory = await mkdtemp(join(tmpdir(), "schemathesis-"));
  const document = join(directory, "openapi.json");
  await writeFile(document, narrowed(await (await fetch(`${url}/openapi.json`)).text()));
  const options = ["--max-examples", String(examples), "--seed", String(seed), "--checks", CHECKS];
  // Boundaries one by one take a minute and more.
  const phases = examples > 1 ? "examples,coverage,fuzzing" : "examples,fuzzing";
  const args = [
    "run",
    document,
    "--url",
    url,
    ...options,
    "--phases",
    phases,
    "--generation-database",
    ":memory:",
    "--no-color",
    "--header",
    "Prefer: wait=0",
  ];
  try {
    const run = promisify(execFile)(`${bin}/schemathesis`, args, { cwd: directory, maxBuffer: 50_000_000 });
    return { isClean: true, said: (await run).stdout };
  } catch (error) {
    const { stdout = "", stderr = String(error) } = error as { stdout?: string; stderr?: string };
    return { isClean: false, said: `${stdout}${stderr}` };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Says of names only that part which Python's patterns can say: some of what the API takes. */
function narrowed(document: string): string {
  return document.replaceAll("\\\\p{ID_Start}", "A-Za-z").replaceAll("\\\\p{ID_Continue}", "A-Za-z0-9_");
}
