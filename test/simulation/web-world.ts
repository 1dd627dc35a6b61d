import { MemoryIdempotencyKeys } from "../../lib/adapters/memory/idempotency-keys.ts";
import type { Message } from "../../lib/core/protocol/messages.ts";
import type { EngineStores } from "../../lib/engine/workflow-handler.ts";
import { apiHandler } from "../../lib/http/api-handler.ts";
import type { Broker } from "../../lib/ports/broker.ts";
import type { Chance } from "./chance.ts";
import type { Functions } from "./functions.ts";
import { Gateway } from "./gateway.ts";
import type { Ledger } from "./ledger.ts";
import { Process } from "./process.ts";
import type { Sabotage } from "./sabotage.ts";
import { remote, remoteStores } from "./stores.ts";
import { Tally } from "./tally.ts";
import { WebClient, type WebFlow } from "./web-client.ts";
import type { World } from "./world.ts";

/** What HTTP clients of one run ask for. */
export type WebFlows = readonly WebFlow[];

const SHARE = 0.3;
/** Free text may be anything; in a path it would be another path. */
const CUSTOM_IDS = ["plain", "50%", "a/b", "a?b=c", "vip/cancel?"];

/** Makes up what HTTP clients ask for: in most runs nothing. */
export function webFlowsOf(chance: Chance): WebFlows {
  if (chance.draw("http clients") >= SHARE) return [];
  const customId = chance.pick("custom id over http", CUSTOM_IDS);
  const lives = Array.from({ length: chance.int("lives over http", 1, 2) }, (_, life) =>
    Array.from({ length: chance.int(`words over http ${life}`, 1, 3) }, (_, nth) => `word ${nth} of ${life}`),
  );
  return [{ customId, lives }];
}

interface Parts {
  readonly world: World;
  readonly ledger: Ledger;
  readonly stores: EngineStores;
  readonly functions: Functions;
  readonly sabotage: Sabotage;
  /** The broker as a process of the API reaches it. */
  readonly broker: (process: Process) => Broker;
}

/** Has clients speak HTTP to the API. */
export function webClientOf(flows: WebFlows, parts: Parts): WebClient {
  const { world, ledger, stores, functions, sabotage, broker } = parts;
  const keys = new MemoryIdempotencyKeys({
    clock: { now: () => world.now, sleep: (ms) => world.sleep(ms) },
  });
  const gateway = new Gateway(world, (process) => {
    const connection = broker(process);
    return apiHandler({
      ...remoteStores(stores, process),
      idempotencyKeys: remote(keys, "keys", process),
      broker: {
        publish: (message) => {
          ledger.allowAgain(JSON.parse(message.payload) as Message);
          return connection.publish(message);
        },
      },
      invoker: functions.connect(process),
      clock: process.clock,
      workflows: { [Tally.name]: { functionName: `workflow-${Tally.name}` } },
      newId: () => `id-${world.chance.draw("new id")}`,
      log: (line) => world.log(`${process.name} logs ${line}`),
      ...sabotage.api,
    });
  });
  const process = new Process(world, "web client");
  return new WebClient({ process, gateway, flows, kept: sabotage.keptAddress });
}
