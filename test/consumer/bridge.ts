import { bridgeFunction } from "infinitic-serverless";

export const handler = bridgeFunction();
