/** A page: compiled with the types of browsers and none of Node.js. */
import { defineWorkflow, hasCode, InfiniticClient } from "infinitic-serverless/client";

interface Welcome {
  run(name: string): Promise<string>;
}
const client = new InfiniticClient({ url: "https://api.example.com" });
client
  .newWorkflow(defineWorkflow<Welcome>("Welcome"), { id: "visit-1" })
  .run("Ada")
  .then((greeting: string) => console.log(greeting))
  .catch((error: unknown) => console.log(hasCode(error, "API_UNAVAILABLE") ? "later" : "no"));
