import { expect, test } from "vitest";
import { EmfMetrics } from "../../lib/bridge/emf-metrics.ts";

test("what alarms look at is written as embedded metrics, counts since the last report, and nothing while all is well", () => {
  const lines: string[] = [];
  const emf = new EmfMetrics({ service: "shop-dev", write: (line) => lines.push(line) });
  emf.report(1_000, { oldestHeldMs: 0, held: {}, healthIssues: [] });
  expect(lines).toEqual([]);
  emf.metrics.parked("workflow-engine:Trip", "MESSAGE_UNDECODABLE");
  emf.metrics.invoked("booking", "answered", 5);
  for (let times = 0; times < 2; times++) emf.metrics.invoked("booking", "throttled", 5);
  emf.report(2_000, { oldestHeldMs: 7, held: { t: 3 }, healthIssues: [] });
  const issue = { subject: "function:booking", message: "MisconfiguredError: expected …", attempts: 3 };
  emf.report(3_000, { oldestHeldMs: 0, held: {}, healthIssues: [issue] });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    {
      _aws: {
        Timestamp: 2_000,
        CloudWatchMetrics: [{ Namespace: "Infinitic", Dimensions: [["Service"]] }],
      },
      Service: "shop-dev",
      MessagesParked: 1,
      InvocationsThrottled: 2,
      OldestInFlight: 7,
      HealthIssues: 0,
    },
    { MessagesParked: 0, InvocationsThrottled: 0, OldestInFlight: 0, HealthIssues: 1, lasting: [issue] },
  ]);
});

test("a bridge of many also tells its backlog, and always: what scales them has to know that there is none", () => {
  const lines: string[] = [];
  const emf = new EmfMetrics({ service: "shop-dev", write: (line) => lines.push(line), isScaled: true });
  emf.report(1_000, { oldestHeldMs: 0, held: {}, healthIssues: [] });
  emf.report(2_000, { oldestHeldMs: 7, held: { one: 3, other: 4 }, healthIssues: [] });
  const told = lines.map((line) => JSON.parse(line));
  expect(told).toMatchObject([{ MessagesHeld: 0, HealthIssues: 0 }, { MessagesHeld: 7 }]);
  expect(told[0]._aws.CloudWatchMetrics[0].Metrics).toContainEqual({ Name: "MessagesHeld", Unit: "Count" });
});
