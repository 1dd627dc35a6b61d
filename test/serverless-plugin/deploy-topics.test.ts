import { expect, test } from "vitest";
import InfiniticPlugin from "../../infra/serverless-plugin/index.ts";
import type { Serverless, Settings } from "../../infra/serverless-plugin/serverless.ts";

/** Nobody listens there. */
const AWAY = "http://127.0.0.1:2";

/** Runs what comes before a deployment of the stack. */
async function beforeDeployment(pulsar: Settings["pulsar"]): Promise<void> {
  const nothing = (): void => undefined;
  const serverless = {
    classes: { Error },
    configSchemaHandler: { defineFunctionEvent: nothing, defineCustomProperties: nothing },
    pluginManager: {},
    service: {
      service: "shop",
      provider: { stage: "dev" },
      functions: { flights: { name: "shop-dev-flights", events: [{ pulsar: { service: "Flights" } }] } },
      custom: { infinitic: { pulsar } },
    },
  } as unknown as Serverless;
  const { hooks } = new InfiniticPlugin(serverless, {}, { log: { notice: nothing, warning: nothing } });
  await hooks["initialize"]?.();
  await hooks["before:deploy:deploy"]?.();
}

test("a deployment looks after the topics first, at adminUrl or else at webUrl, and ends where Pulsar is away", async () => {
  await expect(beforeDeployment({ webUrl: AWAY })).rejects.toThrow(`Pulsar's admin API at ${AWAY}`);
  const adminUrl = "http://127.0.0.1:3";
  await expect(beforeDeployment({ webUrl: AWAY, adminUrl })).rejects.toThrow(adminUrl);
});

test("a deployment leaves the topics to others where manageTopics is false", async () => {
  await expect(beforeDeployment({ webUrl: AWAY, manageTopics: false })).resolves.toBeUndefined();
});
