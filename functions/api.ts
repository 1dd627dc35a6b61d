import { apiFunction } from "../lib/lambda/api-function.ts";

export const handler = apiFunction();
