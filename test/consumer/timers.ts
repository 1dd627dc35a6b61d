import { timersFunction } from "infinitic-serverless";

export const handler = timersFunction();
