/**
 * What cannot be measured on one machine. Each is meant to be on the safe side; change them and run `npm run costs`.
 */
export const ASSUMPTIONS = {
  /** How much longer Lambda's and Fargate's arm64 cores take than the core that was measured on. */
  cpuFactor: 2,
  /** Lambda gives a whole core at so many MB, and the same share of one below. */
  wholeCoreMb: 1_769,
  /** Milliseconds until DynamoDB has answered a call: it says "single-digit". */
  storeMs: 5,
  /** Milliseconds until Pulsar has confirmed a message. */
  brokerMs: 10,
  /** Milliseconds in which a bridge connects and subscribes; `lambda-bridge.test.ts` prints what a real one takes. */
  openingMs: 500,
  /** How much of its share of a core a bridge is to use; for more work there are more bridges. */
  bridgeLoad: 0.5,
  /** Of ended instances. */
  retentionDays: 30,
  hoursAMonth: 730,
} as const;
