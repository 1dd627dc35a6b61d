import { expect, it, onTestFinished } from "vitest";
import { HealthServer } from "../../lib/bridge/health-server.ts";
import { PrometheusMetrics } from "../../lib/bridge/metrics.ts";
import { startWorld } from "./world.ts";

it("tells health, readiness with its health issues, and metrics", async () => {
  const metrics = new PrometheusMetrics();
  const world = await startWorld({ metrics });
  metrics.observe(() => world.bridge.gauges);
  const server = new HealthServer({ bridge: world.bridge, registry: metrics.registry });
  const port = await server.listen(0, "127.0.0.1");
  onTestFinished(() => server.close());
  const get = async (path: string): Promise<{ status: number; text: string }> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, text: await response.text() };
  };

  await world.deliver("a1", "a2", "b1");
  expect(await get("/healthz")).toMatchObject({ status: 200 });
  expect(await get("/startz")).toMatchObject({ status: 200 });
  expect(await get("/readyz")).toMatchObject({ status: 200 });
  expect(await get("/elsewhere")).toMatchObject({ status: 404 });

  await world.clock.advance(2_000);
  const { text } = await get("/metrics");
  expect(text).toContain(`infinitic_bridge_messages_received_total{topic="workflow-engine:Booking"} 3`);
  expect(text).toContain(`infinitic_bridge_messages_held{topic="workflow-engine:Booking"} 3`);
  expect(text).toContain("infinitic_bridge_invocations_in_flight 1");
  expect(text).toContain("infinitic_bridge_oldest_in_flight_seconds 2");

  world.invoker.first.end({ kind: "misconfigured", message: "no such function" });
  await world.settle();
  const unready = await get("/readyz");
  expect(unready.status).toBe(503);
  expect(await get("/startz")).toMatchObject({ status: 200 });
  expect(JSON.parse(unready.text)).toEqual({
    ready: false,
    healthIssues: [
      {
        subject: "function:booking",
        message: "MisconfiguredError: expected function booking to be invoked, got no such function",
        attempts: 1,
      },
    ],
  });
  expect((await get("/metrics")).text).toContain("infinitic_bridge_health_issues 1");
  expect((await get("/metrics")).text).toContain(
    `infinitic_bridge_invocations_total{function="booking",outcome="misconfigured"} 1`,
  );

  world.broker.healthIssues = [{ subject: "consumer:delayed", message: "away", attempts: 2 }];
  expect(JSON.parse((await get("/readyz")).text).healthIssues).toMatchObject([
    { subject: "function:booking" },
    { subject: "consumer:delayed" },
  ]);
});
