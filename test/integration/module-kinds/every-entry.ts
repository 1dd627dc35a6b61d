/** A project that uses every entry of the package; compiled and run as CommonJS and as an ES module. */
import {
  apiFunction,
  type Channel,
  channel,
  defineService,
  defineWorkflow,
  InfiniticClient,
  InfiniticError,
  newService,
  serviceFunction,
  Workflow,
  workflowFunction,
} from "infinitic-serverless";
import { InfiniticClient as Browser, defineWorkflow as dw } from "infinitic-serverless/client";
import Plugin from "infinitic-serverless/plugin";
import { serviceOf, TestSystem, workflowOf } from "infinitic-serverless/testing";

interface Greetings {
  greet(name: string): Promise<string>;
}
const Greetings = defineService<Greetings>("Greetings");
interface Welcome {
  run(name: string): Promise<string>;
  readonly go: Channel<boolean>;
}
const Welcome = defineWorkflow<Welcome>("Welcome");
class WelcomeV1 extends Workflow implements Welcome {
  readonly greetings = newService(Greetings);
  readonly go = channel<boolean>();
  async run(name: string): Promise<string> {
    return this.greetings.greet(name);
  }
}
const greetings = { greet: async (name: string) => `hello ${name}` };
export const handler = serviceFunction(Greetings, greetings);
export const api = apiFunction({ workflows: [Welcome], services: [Greetings] });
export const flow = workflowFunction(Welcome, WelcomeV1);
async function main(): Promise<void> {
  const client = new InfiniticClient({ url: "http://localhost:3000" });
  const typed: Promise<string> = client.newWorkflow(Welcome).run("x");
  typed.catch(() => undefined);
  const other: Browser = client;
  const system = await new TestSystem({
    workflows: [workflowOf(Welcome, WelcomeV1)],
    services: [serviceOf(Greetings, greetings)],
  }).start();
  const answer: string = await system.until(system.client.newWorkflow(dw<Welcome>("Welcome")).run("Ann"));
  console.log(answer, other instanceof Browser, Plugin.name, new InfiniticError("INVALID_OPTION", "x").code);
  await system.close();
}
main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
