import type { DeployedFunction, Serverless, Settings } from "../../infra/serverless-plugin/serverless.ts";

/** A small service as the framework has it: `functions` beside those that every service has. */
export function serviceOf(
  settings: Settings,
  functions: { readonly [key: string]: DeployedFunction } = {},
): Serverless["service"] {
  return {
    service: "shop",
    provider: { stage: "dev", timeout: 30 },
    functions: {
      flights: { name: "shop-dev-flights", events: [{ pulsar: { service: "Flights" } }] },
      timers: { name: "shop-dev-timers" },
      api: { name: "shop-dev-api" },
      bridge: { name: "shop-dev-bridge" },
      ...functions,
    },
    custom: { infinitic: settings },
  };
}
