import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { LambdaFunctionInvoker } from "../../lib/adapters/lambda/function-invoker.ts";
import { type HostedFunctions, MemoryFunctionInvoker } from "../../lib/adapters/memory/function-invoker.ts";
import { functionInvokerContract } from "./function-invoker.ts";
import { startServerlessOffline } from "./serverless-offline.ts";

const FUNCTIONS = new URL("./fixtures/functions/", import.meta.url);
const HANDLERS = new URL("handlers.mjs", FUNCTIONS);

function lambdaAt(port: number): LambdaFunctionInvoker {
  return new LambdaFunctionInvoker({
    endpoint: `http://127.0.0.1:${port}`,
    region: "eu-west-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
}

functionInvokerContract("in process", async () => {
  const functions: HostedFunctions = await import(HANDLERS.href);
  return { invoker: new MemoryFunctionInvoker(functions), stop: async () => {} };
});

functionInvokerContract("Lambda's API at the function host", async () => {
  const host = fileURLToPath(new URL("../../infra/local/function-host.ts", import.meta.url));
  const child = spawn(process.execPath, [host, "--module", fileURLToPath(HANDLERS)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const [line] = await once(createInterface(child.stdout), "line");
  const { port }: { readonly port: number } = JSON.parse(line);
  const invoker = lambdaAt(port);
  const stop = async () => {
    invoker.close();
    child.kill("SIGTERM");
    await exited;
  };
  return { invoker, stop };
});

functionInvokerContract(
  "Lambda's API at serverless-offline",
  async () => {
    const offline = await startServerlessOffline(FUNCTIONS);
    const invoker = lambdaAt(offline.lambdaPort);
    const stop = async () => {
      invoker.close();
      await offline.stop();
    };
    return { invoker, stop };
  },
  {
    concurrencyLimit: "serverless-offline has none",
    errorType: "serverless-offline calls every type Error",
    answerLimit: "serverless-offline has none",
  },
);
