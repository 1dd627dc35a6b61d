/** What a provider asks, and where it says so. */
export interface Price {
  readonly usd: number;
  /** For so many of the unit. */
  readonly per: number;
  readonly unit: string;
  /** The provider's own page. */
  readonly source: string;
  /** When it was looked up; look again before you rely on it. */
  readonly seen: string;
}

export const REGION = "us-east-1";

const MILLION = 1_000_000;
const SEEN = "2026-11-24";
const LAMBDA = { source: "https://aws.amazon.com/lambda/pricing/", seen: SEEN };
const DYNAMODB = { source: "https://aws.amazon.com/dynamodb/pricing/on-demand/", seen: SEEN };
const FARGATE = { source: "https://aws.amazon.com/fargate/pricing/", seen: SEEN };
const CLOUDWATCH = { source: "https://aws.amazon.com/cloudwatch/pricing/", seen: SEEN };

/** List prices in US dollars, of the first tier where there are several, without free tiers and without taxes. */
export const PRICES = {
  lambdaRequest: { usd: 0.2, per: MILLION, unit: "Lambda requests", ...LAMBDA },
  lambdaGbSecond: { usd: 0.0000133334, per: 1, unit: "GB-second of Lambda on arm64", ...LAMBDA },
  writeUnit: { usd: 0.625, per: MILLION, unit: "DynamoDB write units, on demand", ...DYNAMODB },
  readUnit: { usd: 0.125, per: MILLION, unit: "DynamoDB read units, on demand", ...DYNAMODB },
  storedGbMonth: { usd: 0.25, per: 1, unit: "GB in DynamoDB for a month", ...DYNAMODB },
  httpApiCall: {
    usd: 1,
    per: MILLION,
    unit: "calls of an HTTP API",
    source: "https://aws.amazon.com/api-gateway/pricing/",
    seen: SEEN,
  },
  logGb: { usd: 0.5, per: 1, unit: "GB written to CloudWatch Logs", ...CLOUDWATCH },
  alarmMonth: { usd: 0.1, per: 1, unit: "alarm for a month", ...CLOUDWATCH },
  fargateVcpuHour: { usd: 0.03238, per: 1, unit: "vCPU-hour of Fargate on arm64", ...FARGATE },
  fargateGbHour: { usd: 0.00356, per: 1, unit: "GB-hour of Fargate on arm64", ...FARGATE },
  stepFunctionsTransition: {
    usd: 0.025,
    per: 1_000,
    unit: "state transitions of Step Functions, standard workflows",
    source: "https://aws.amazon.com/step-functions/pricing/",
    seen: SEEN,
  },
  durableOperation: { usd: 8, per: MILLION, unit: "operations of Lambda durable functions", ...LAMBDA },
  temporalAction: {
    usd: 50,
    per: MILLION,
    unit: "actions of Temporal Cloud",
    source: "https://docs.temporal.io/cloud/pricing",
    seen: SEEN,
  },
} as const satisfies { readonly [name: string]: Price };

/** What so many of something cost, in US dollars. */
export function costOf(amounts: { readonly [name in keyof typeof PRICES]?: number }): number {
  return Object.entries(amounts).reduce((sum, [name, amount]) => {
    const { usd, per } = PRICES[name as keyof typeof PRICES];
    return sum + (amount * usd) / per;
  }, 0);
}
