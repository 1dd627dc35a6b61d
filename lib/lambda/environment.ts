import { InfiniticError } from "../core/values/errors.ts";

/**
 * Reads a setting that the deployment gives to every function.
 *
 * @throws InfiniticError `MISCONFIGURED`
 */
export function setting(name: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== "") return value;
  throw new InfiniticError("MISCONFIGURED", `expected environment variable ${name}, got none`);
}

/**
 * Reads a setting that is JSON. Its shape is trusted: the deployment wrote it.
 *
 * @throws InfiniticError `MISCONFIGURED`
 */
export function jsonSetting<T>(name: string): T {
  const text = setting(name);
  try {
    return JSON.parse(text);
  } catch {
    throw new InfiniticError(
      "MISCONFIGURED",
      `expected environment variable ${name} to be JSON, got ${text.slice(0, 200)}`,
    );
  }
}
