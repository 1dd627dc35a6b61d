/**
 * The functions of chaos, for the function host: those of a load, and the user's own handler of readings, which keeps
 * its records in the directory `READINGS`.
 */
import type { Handler } from "../../lib/adapters/memory/function-invoker.ts";
import { handlers as ofLoad } from "../load/functions.ts";
import { READINGS } from "./readings.ts";
import { readingsHandler } from "./readings-handler.ts";

export const handlers: { readonly [name: string]: Handler } = {
  ...ofLoad,
  [READINGS]: readingsHandler(process.env["READINGS"] ?? ""),
};
