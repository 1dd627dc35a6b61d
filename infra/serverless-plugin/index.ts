import { InfiniticError } from "../../lib/core/errors.ts";
import { answerWithProblems, type OfflineReady } from "./offline.ts";
import { type Plan, planOf } from "./plan.ts";
import { CUSTOM, PULSAR_EVENT } from "./schemas.ts";
import type { Serverless } from "./serverless.ts";
import { tableResources } from "./table.ts";

/**
 * The plugin of the Serverless Framework: understands the function event `pulsar` and `custom.infinitic`, gives
 * functions their environment, and adds the table to the stack.
 *
 * @example
 * plugins: [./infra/serverless-plugin/index.ts]
 * custom: { infinitic: { pulsar: { webUrl: "https://pulsar.example.com:8443" } } }
 * functions:
 *   flights: { handler: functions/flights.handler, events: [{ pulsar: { service: Flights } }] }
 *   booking: { handler: functions/booking.handler, events: [{ pulsar: { workflow: Booking, batchSize: 20 } }] }
 */
export default class InfiniticPlugin {
  readonly hooks: { readonly [lifecycleEvent: string]: () => void };
  readonly #serverless: Serverless;
  #plan: Plan | undefined;

  constructor(serverless: Serverless) {
    this.#serverless = serverless;
    const { configSchemaHandler } = serverless;
    configSchemaHandler.defineFunctionEvent("aws", "pulsar", PULSAR_EVENT);
    configSchemaHandler.defineCustomProperties({ properties: CUSTOM.properties });
    this.hooks = {
      initialize: () => this.#apply(),
      "after:offline:start:init": () => this.#offline(),
    };
  }

  #apply(): void {
    const { service } = this.#serverless;
    const plan = this.#read();
    for (const [key, variables] of Object.entries(plan.environments)) {
      const deployed = service.functions[key];
      if (deployed) deployed.environment = { ...variables, ...deployed.environment };
    }
    service.resources = {
      ...service.resources,
      Resources: { ...tableResources(plan.tableName), ...service.resources?.Resources },
    };
    this.#plan = plan;
  }

  #read(): Plan {
    try {
      return planOf(this.#serverless.service);
    } catch (error) {
      if (!(error instanceof InfiniticError)) throw error;
      // The framework's own class: it prints the message without a stack.
      throw new this.#serverless.classes.Error(error.message, error.code);
    }
  }

  #offline(): void {
    if (!this.#plan) return;
    answerWithProblems(this.#serverless);
    const { tableName, bridge } = this.#plan;
    process.send?.({ tableName, bridge } satisfies OfflineReady);
  }
}
