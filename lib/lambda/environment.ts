import { InfiniticError } from "../core/errors.ts";

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
