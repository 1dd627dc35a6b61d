import { timersFunction } from "../lib/lambda/timers-function.ts";

export const handler = timersFunction();
