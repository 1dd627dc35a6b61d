import { defineService, defineWorkflow } from "infinitic-serverless";

export interface Greetings {
  greet(name: string): Promise<string>;
}
export const Greetings = defineService<Greetings>("Greetings");

export interface Welcome {
  run(names: readonly string[]): Promise<readonly string[]>;
}
export const Welcome = defineWorkflow<Welcome>("Welcome");
