import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { Emulator } from "./emulator.ts";

/** How functions are configured, by name, as Lambda tells. */
export interface DeployedFunctions {
  readonly [name: string]: { readonly [setting: string]: unknown };
}

/** What each deployment of a function's code changes. */
const OF_CODE = ["$metadata", "CodeSha256", "CodeSize", "LastModified", "RevisionId", "Version"];

/** Reads how functions are configured. */
export async function readFunctions(
  { endpoint, region }: Pick<Emulator, "endpoint" | "region">,
  names: readonly string[],
): Promise<DeployedFunctions> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new LambdaClient({ endpoint, region, credentials });
  const read = async (FunctionName: string) => {
    const found = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    return [
      FunctionName,
      Object.fromEntries(Object.entries(found).filter(([name]) => !OF_CODE.includes(name))),
    ];
  };
  try {
    return Object.fromEntries(await Promise.all(names.map(read)));
  } finally {
    client.destroy();
  }
}

/** Tells which settings of which functions differ, as lines; none when none does. */
export function changedSettings(before: DeployedFunctions, after: DeployedFunctions): readonly string[] {
  return Object.keys({ ...before, ...after }).flatMap((name) => {
    const [was, is] = [before[name] ?? {}, after[name] ?? {}];
    return Object.keys({ ...was, ...is })
      .filter((setting) => JSON.stringify(was[setting]) !== JSON.stringify(is[setting]))
      .map(
        (setting) =>
          `${name} ${setting}: was ${JSON.stringify(was[setting])}, is ${JSON.stringify(is[setting])}`,
      );
  });
}
