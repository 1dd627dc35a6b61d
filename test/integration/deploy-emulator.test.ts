import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { canUse } from "../tools.ts";
import { type Ended, ran } from "./sample-service.ts";

const ROOT = join(import.meta.dirname, "../..");
/** The emulator needs Python; CI never does without. */
const isEmulated = await canUse("python");
/** The first time, the emulator is installed. */
const TIMEOUT = 600_000;

describe.skipIf(!isEmulated)("D2: the sample is deployed to an emulator of AWS,", () => {
  let ended: Ended;

  beforeAll(async () => {
    ended = await ran([join(ROOT, "infra/emulator/deploy.ts")], ROOT);
  }, TIMEOUT);

  test("where its stack is complete, with every resource", () => {
    expect(ended.said).toContain("Service deployed to stack booking-dev");
    expect(ended.said).toContain("The stack is UPDATE_COMPLETE; its resources:");
    for (const resource of [
      "AWS::DynamoDB::Table  InfiniticTable  booking-dev",
      "AWS::S3::Bucket  InfiniticPayloads  ",
      "AWS::S3::BucketPolicy  InfiniticPayloadsPolicy  ",
      "AWS::IAM::Role  ApiLambdaRole  ",
      "AWS::Lambda::Function  BridgeLambdaFunction  booking-dev-bridge",
      "AWS::Lambda::Function  ApiLambdaFunction  booking-dev-api",
      "AWS::Lambda::Function  BookingLambdaFunction  booking-dev-booking",
      "AWS::Lambda::Function  FlightsLambdaFunction  booking-dev-flights",
      "AWS::Logs::LogGroup  TimersLogGroup  /aws/lambda/booking-dev-timers",
      "AWS::ApiGatewayV2::Route  HttpApiRouteDefault  ",
      "AWS::CloudWatch::Alarm  InfiniticBridgeAbsentAlarm  ",
    ]) {
      expect(ended.said).toContain(`  ${resource}`);
    }
    expect(ended.said).toMatch(/Its outputs:[\s\S]* {2}HttpApiUrl: https:\/\//);
  });

  test("again without a change", () => {
    expect(ended.said).toContain("The second deployment changed nothing.");
  });

  test("EDG-80 and function by function, each then configured as before", () => {
    for (const key of ["booking", "flights", "api", "bridge", "timers"])
      expect(ended.said).toContain(`> serverless deploy function -f ${key} --force`);
    expect(ended.said).toContain("The deployment of 7 functions one by one changed nothing.");
  });

  test("and removed without a trace, with the payloads in its bucket", () => {
    expect(ended.said).toMatch(/A payload is in booking-dev-/);
    expect(ended.said).toContain("Deleted 1 payload, as custom.infinitic.retainData is false");
    expect(ended.said).toContain("Service booking has been successfully removed");
    expect(ended.said).toContain("Nothing is left.");
  });

  test("and nothing of that fails", () => {
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.said).not.toContain("Failed:");
  });
});
