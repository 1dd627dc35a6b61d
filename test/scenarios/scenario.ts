import { describe, inject, test } from "vitest";
import { PulsarWebSocketBroker } from "../../lib/adapters/pulsar-websocket/pulsar-websocket-broker.ts";
import { systemClock } from "../../lib/adapters/system-clock.ts";
import type { InfiniticClient } from "../../lib/client/client.ts";
import type { Clock } from "../../lib/ports/clock.ts";
import { ManualClock } from "../../lib/testing/manual-clock.ts";
import {
  type TestParts,
  type TestService,
  TestSystem,
  type TestWorkflow,
} from "../../lib/testing/test-system.ts";
import { createTestTable } from "../contract/dynamodb-table.ts";
import { textsOn } from "./texts.ts";

/** What a scenario runs beside the shared {@link textsOn} service. */
export interface Cast {
  readonly workflows: readonly TestWorkflow[];
  readonly services?: (clock: Clock) => readonly TestService[];
}

/** What a scenario is played with. */
export interface Stage {
  readonly client: InfiniticClient;
  /** Waits for an outcome, while time goes on. */
  readonly until: <T>(outcome: Promise<T>) => Promise<T>;
  readonly clock: Clock;
  readonly system: TestSystem;
}
type Play = (stage: Stage) => Promise<void>;

const pulsar = inject("pulsar");
const dynamodb = inject("dynamodb");

/**
 * Makes the function that declares scenarios with one cast. A title begins with the scenario's id.
 *
 * Each runs on the embedded broker and store, with a clock that `until` pushes; one whose title has a † also
 * on a real Pulsar and DynamoDB Local, by the machine's clock.
 *
 * @example
 * const scenario = scenariosWith({ workflows: [workflowOf(Greeting, GreetingV1)] });
 * scenario("SYN-01 † a workflow with no task returns its value", async ({ client, until }) => {
 *   expect(await until(client.newWorkflow(Greeting).run())).toBe("hello");
 * });
 */
export function scenariosWith(cast: Cast): (title: string, play: Play) => void {
  return (title, play) => {
    test(title.replace(" †", ""), () => run(cast, play, { clock: new ManualClock() }));
    if (!title.includes("†")) return;
    describe.skipIf(!pulsar || !dynamodb)("on the real Pulsar and DynamoDB Local", () => {
      test(title.replace(" †", ""), async () => run(cast, play, await realParts()));
    });
  };
}

async function run(
  { workflows, services = () => [] }: Cast,
  play: Play,
  parts: Partial<TestParts> & { readonly clock: Clock },
): Promise<void> {
  const { clock } = parts;
  const system = new TestSystem({ workflows, services: [textsOn(clock), ...services(clock)], parts });
  await system.start();
  try {
    await play({ system, clock, client: system.client, until: (outcome) => system.until(outcome) });
  } finally {
    await system.close();
  }
}

/** A namespace and a table of the scenario's own; they go with their servers. */
async function realParts(): Promise<TestParts> {
  const webUrl = pulsar?.webUrl ?? "";
  const namespace = `scenario-${crypto.randomUUID()}`;
  await fetch(`${webUrl}/admin/v2/namespaces/public/${namespace}`, { method: "PUT" });
  const table = await createTestTable(dynamodb?.endpoint ?? "");
  const clock = systemClock;
  return { clock, broker: new PulsarWebSocketBroker({ webUrl, namespace }), ...table.open(clock) };
}
