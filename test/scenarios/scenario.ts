import { afterAll, describe, inject, test } from "vitest";
import type { Handler } from "../../lib/adapters/memory/function-invoker.ts";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import type { InfiniticClient } from "../../lib/client/client.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import {
  type TestParts,
  type TestReplay,
  type TestService,
  TestSystem,
} from "../../lib/testing/test-system.ts";
import type { TestWorkflow } from "../../lib/testing/test-workflow.ts";
import { createTestTable } from "../contract/dynamodb-table.ts";
import { textsOn } from "./texts.ts";

/** What a scenario runs beside the shared {@link textsOn} service. */
export interface Cast {
  readonly workflows: readonly TestWorkflow[];
  readonly services?: (clock: Clock) => readonly TestService[];
  /** Most messages of one invocation of a workflow function. */
  readonly batchSize?: number;
  /** Wraps every function: to see what it is asked, to fail, to die. */
  readonly wrap?: (functionName: string, handler: Handler) => Handler;
}

interface Replayed {
  readonly replay?: TestReplay;
}

type StageParts = Partial<TestParts> & { readonly clock: Clock };

/** What a scenario is played with: a system that runs, and its client. */
export class Stage {
  readonly #cast: Cast & Replayed;
  #system: TestSystem;

  static async open(cast: Cast & Replayed, parts: StageParts): Promise<Stage> {
    return new Stage(cast, await startSystem(cast, parts));
  }

  private constructor(cast: Cast & Replayed, system: TestSystem) {
    this.#cast = cast;
    this.#system = system;
  }

  get system(): TestSystem {
    return this.#system;
  }

  get client(): InfiniticClient {
    return this.#system.client;
  }

  get clock(): Clock {
    return this.#system.parts.clock;
  }

  /** Waits for an outcome, while time goes on. */
  readonly until = <T>(outcome: Promise<T>): Promise<T> => this.#system.until(outcome);

  /** Deploys other workflows in place of those that run, on the same broker and stores. */
  readonly redeploy = async (...workflows: readonly TestWorkflow[]): Promise<void> => {
    await this.until(this.#system.bridge.close());
    this.#system = await startSystem({ ...this.#cast, workflows }, this.#system.parts);
  };
}

type Play = (stage: Stage) => Promise<void>;

const pulsar = inject("pulsar");
const dynamodb = inject("dynamodb");

/**
 * Makes the function that declares scenarios with one cast. A title begins with the scenario's id.
 *
 * Each has an embedded system of its own, with a clock that `until` pushes, and is played twice: warm, and with a
 * replay at each step. Those whose title has a † are also played on a real Pulsar and DynamoDB Local, by the machine's
 * clock, all in one system: they choose no fixed ids.
 *
 * @example
 * const scenario = scenariosWith({ workflows: [workflowOf(Greeting, GreetingV1)] });
 * scenario("SYN-01 † a workflow with no task returns its value", async ({ client, until }) => {
 *   expect(await until(client.newWorkflow(Greeting).run())).toBe("hello");
 * });
 */
export function scenariosWith(cast: Cast): (title: string, play: Play) => void {
  let real: Promise<Stage> | undefined;
  afterAll(async () => (await real)?.system.close());
  return (title, play) => {
    const playEmbedded = async (replay: TestReplay): Promise<void> => {
      const stage = await Stage.open({ ...cast, replay }, { clock: new ManualClock() });
      try {
        await play(stage);
      } finally {
        await stage.system.close();
      }
    };
    test(title.replace(" †", ""), () => playEmbedded("as-needed"));
    describe("with a replay at each step", () => {
      test(title.replace(" †", ""), () => playEmbedded("always"));
    });
    if (!title.includes("†")) return;
    describe.skipIf(!pulsar || !dynamodb)("on the real Pulsar and DynamoDB Local", () => {
      test(title.replace(" †", ""), async () => {
        real ??= realParts().then((parts) => Stage.open(cast, parts));
        await play(await real);
      });
    });
  };
}

async function startSystem(
  { services = () => [], ...cast }: Cast & Replayed,
  parts: StageParts,
): Promise<TestSystem> {
  const { clock } = parts;
  return new TestSystem({ ...cast, services: [textsOn(clock), ...services(clock)], parts }).start();
}

/** A namespace and a table of the file's own; they go with their servers. */
async function realParts(): Promise<TestParts> {
  const webUrl = pulsar?.webUrl ?? "";
  const namespace = `scenario-${crypto.randomUUID()}`;
  await fetch(`${webUrl}/admin/v2/namespaces/public/${namespace}`, { method: "PUT" });
  const table = await createTestTable(dynamodb?.endpoint ?? "");
  const clock = systemClock;
  return { clock, broker: new PulsarWebSocketBroker({ webUrl, namespace }), ...table.open(clock) };
}
