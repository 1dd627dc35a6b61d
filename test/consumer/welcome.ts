import { newService, Workflow, workflowFunction } from "infinitic-serverless";
import { Greetings, type Visit, Welcome } from "./contracts.ts";

class WelcomeV1 extends Workflow implements Welcome {
  private readonly greetings = newService(Greetings);

  async run({ names }: Visit) {
    return Promise.all(names.map((name) => this.greetings.greet(name)));
  }
}

export const handler = workflowFunction(Welcome, WelcomeV1);
