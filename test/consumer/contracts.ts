import { defineService, defineWorkflow } from "infinitic-serverless";

export interface Greetings {
  greet(name: string): Promise<string>;
}
export const Greetings = defineService<Greetings>("Greetings");

export interface Visit {
  readonly id: string;
  readonly names: readonly string[];
}

export interface Welcome {
  run(visit: Visit): Promise<readonly string[]>;
}
export const Welcome = defineWorkflow<Welcome>("Welcome");
