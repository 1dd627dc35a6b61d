import { serviceFunction } from "infinitic-serverless";
import { Greetings } from "./contracts.ts";

export const handler = serviceFunction(Greetings, {
  greet: async (name) => `hello ${name}`,
});
