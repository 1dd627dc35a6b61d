import { bridgeFunction } from "../lib/lambda/bridge-function.ts";

export const handler = bridgeFunction();
