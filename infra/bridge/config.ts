import { readFile } from "node:fs/promises";
import * as z from "zod";
import { flawOfBaseUrl } from "../../lib/adapters/base-url.ts";
import type { BridgeOptions } from "../../lib/bridge/options.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import { readJson } from "../../lib/core/values/json.ts";

const configSchema = z.strictObject({
  pulsar: z.strictObject({
    /** Of a broker or proxy with the WebSocket service on: `http(s)://host:port`, with a path if it has one. */
    webUrl: z.string().superRefine((url, { addIssue }) => {
      const flaw = flawOfBaseUrl(url);
      if (flaw !== undefined) addIssue(flaw);
    }),
    tenant: z.string().exactOptional(),
    namespace: z.string().exactOptional(),
    token: z.string().exactOptional(),
  }),
  /** Where Lambda is; AWS's own rules unless given. */
  lambda: z
    .strictObject({ endpoint: z.url().exactOptional(), region: z.string().exactOptional() })
    .prefault({}),
  /** 0: any free port. */
  healthPort: z.int().min(0).max(65_535).default(8080),
  /** Checked by the bridge itself. */
  bridge: z.custom<BridgeOptions>((value) => typeof value === "object" && value !== null),
});

/** What the bridge's process is told. */
export type BridgeConfig = z.output<typeof configSchema>;

/**
 * Reads the configuration: JSON text, or the path of a file that holds it.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export async function readConfig(textOrPath: string | undefined): Promise<BridgeConfig> {
  if (textOrPath === undefined || textOrPath === "") throw invalid("nothing");
  const text = textOrPath.trimStart().startsWith("{") ? textOrPath : await readFile(textOrPath, "utf8");
  let config: unknown;
  try {
    config = readJson(text);
  } catch (error) {
    throw invalid(String(error));
  }
  const checked = configSchema.safeParse(config);
  if (checked.success) return checked.data;
  throw invalid(z.prettifyError(checked.error));
}

function invalid(got: string): InfiniticError {
  return new InfiniticError(
    "INVALID_OPTION",
    `expected a bridge configuration in BRIDGE_CONFIG, got: ${got}`,
  );
}
