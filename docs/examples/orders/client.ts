import { InfiniticClient } from "infinitic-serverless";
import { OrderFlow } from "./contracts.ts";

const client = new InfiniticClient({ url: "http://localhost:3000" });

const flow = await client.newWorkflow(OrderFlow, { id: "order-42" }).dispatch.run({ id: "42", cents: 990 });
await client.getWorkflowById(OrderFlow, "order-42").approved.send(true);
console.log(await flow.result()); // receipt of 42: 990
