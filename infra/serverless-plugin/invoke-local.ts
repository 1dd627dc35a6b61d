import { access, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

/**
 * Lets `serverless invoke local` load the bundle of an ES module. It looks for files of CommonJS alone, so beside a
 * bundle `greetings.mjs` it is given a `greetings.cjs` that hands calls on.
 *
 * @param directory where the bundles are
 * @param handler of the function: `functions/greetings.handler`
 */
export async function bridgeToModule(directory: string, handler: string): Promise<void> {
  const separator = handler.lastIndexOf(".");
  const path = join(directory, handler.slice(0, separator));
  const name = handler.slice(separator + 1);
  if (!(await exists(`${path}.mjs`))) return;
  const bundle = `import(${JSON.stringify(`./${basename(path)}.mjs`)})`;
  const handlerOf = `(await ${bundle})[${JSON.stringify(name)}]`;
  const code = `exports[${JSON.stringify(name)}] = async (...call) => ${handlerOf}(...call);\n`;
  await writeFile(`${path}.cjs`, code);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
