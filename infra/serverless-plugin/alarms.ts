import type { Resources } from "./cloudformation.ts";
import type { Plan } from "./plan.ts";

/** Where the bridge's own metrics are; it has them of its log (embedded metric format). */
const NAMESPACE = "Infinitic";

const FIVE_MINUTES = 300;
const QUARTER_HOUR_MS = 900_000;

interface Alarm {
  readonly description: string;
  readonly metric: object;
  readonly isAbove: number;
  /** How many periods of 5 minutes in a row. */
  readonly periods?: number;
}

/**
 * Alarms for what does not heal by itself. The bridge's metrics have the dimension `Service`, `<service>-<stage>`:
 * `MessagesParked` (count), `OldestInFlight` (milliseconds), `InvocationsThrottled` (count), `HealthIssues` (count).
 */
export function alarmResources(plan: Plan): Resources {
  const { alarms, tableName, members, longestTimeoutMs } = plan;
  if (alarms === false) return {};
  const timers = members.find(({ kind }) => kind === "timers");
  const oldestMs = Math.max(QUARTER_HOUR_MS, 2 * longestTimeoutMs);
  const all: { readonly [logicalId: string]: Alarm } = {
    InfiniticParkedAlarm: {
      description: "A message can never be processed and was put aside in dlq:<topic>: see its reason there.",
      metric: ofBridge(plan, "MessagesParked", "Sum"),
      isAbove: 0,
    },
    InfiniticOldestAlarm: {
      description: "A message has been tried again for long: see the bridge's log for what keeps it.",
      metric: ofBridge(plan, "OldestInFlight", "Maximum"),
      isAbove: oldestMs,
    },
    InfiniticHealthIssueAlarm: {
      description:
        "Something has been in the bridge's way for ten minutes: see what the lines of its log with `lasting` say.",
      metric: ofBridge(plan, "HealthIssues", "Maximum"),
      isAbove: 0,
      periods: 2,
    },
    InfiniticThrottledAlarm: {
      description: "Functions have had no concurrency left for a quarter of an hour: raise their limit.",
      metric: ofBridge(plan, "InvocationsThrottled", "Sum"),
      isAbove: 0,
      periods: 3,
    },
    InfiniticTableThrottledAlarm: {
      description:
        "The table has refused writes for a quarter of an hour: a partition is hot, or a limit too low.",
      metric: {
        Namespace: "AWS/DynamoDB",
        MetricName: "WriteThrottleEvents",
        Dimensions: [{ Name: "TableName", Value: tableName }],
        Statistic: "Sum",
      },
      isAbove: 0,
      periods: 3,
    },
  };
  const resources = Object.entries(all).map(([id, alarm]) => [id, alarmOf(alarm, alarms.actions)] as const);
  return {
    ...Object.fromEntries(resources),
    ...(timers && { InfiniticBridgeAbsentAlarm: absent(timers.functionName, alarms.actions) }),
  };
}

function ofBridge({ serviceName }: Plan, MetricName: string, Statistic: "Sum" | "Maximum"): object {
  return {
    Namespace: NAMESPACE,
    MetricName,
    Statistic,
    Dimensions: [{ Name: "Service", Value: serviceName }],
  };
}

function alarmOf({ description, metric, isAbove, periods = 1 }: Alarm, actions: readonly unknown[]) {
  return {
    Type: "AWS::CloudWatch::Alarm",
    Properties: {
      AlarmDescription: description,
      ...metric,
      Period: FIVE_MINUTES,
      EvaluationPeriods: periods,
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: isAbove,
      TreatMissingData: "notBreaching",
      AlarmActions: actions,
    },
  };
}

/** Whatever it runs in, a bridge calls the timers function once a minute, also when nothing else happens. */
function absent(timers: string, actions: readonly unknown[]) {
  return {
    Type: "AWS::CloudWatch::Alarm",
    Properties: {
      AlarmDescription:
        "No bridge has called the timers function for 10 minutes: nothing is carried to functions.",
      Namespace: "AWS/Lambda",
      MetricName: "Invocations",
      Dimensions: [{ Name: "FunctionName", Value: timers }],
      Statistic: "Sum",
      Period: FIVE_MINUTES,
      EvaluationPeriods: 2,
      ComparisonOperator: "LessThanThreshold",
      Threshold: 1,
      TreatMissingData: "breaching",
      AlarmActions: actions,
    },
  };
}
