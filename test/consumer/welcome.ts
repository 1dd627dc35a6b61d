import { newService, Workflow, workflowFunction } from "infinitic-serverless";
import { Greetings, Welcome } from "./contracts.ts";

class WelcomeV1 extends Workflow implements Welcome {
  private readonly greetings = newService(Greetings);

  async run(names: readonly string[]) {
    return Promise.all(names.map((name) => this.greetings.greet(name)));
  }
}

export const handler = workflowFunction(Welcome, WelcomeV1);
