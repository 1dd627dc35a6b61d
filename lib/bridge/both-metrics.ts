import type { BridgeMetrics } from "./metrics.ts";

/** Tells both. */
export function bothMetrics(one: BridgeMetrics, other: BridgeMetrics): BridgeMetrics {
  return {
    received: (topic) => {
      one.received(topic);
      other.received(topic);
    },
    acknowledged: (topic, count) => {
      one.acknowledged(topic, count);
      other.acknowledged(topic, count);
    },
    parked: (topic, code) => {
      one.parked(topic, code);
      other.parked(topic, code);
    },
    retried: (topic) => {
      one.retried(topic);
      other.retried(topic);
    },
    invoked: (functionName, outcome, tookMs) => {
      one.invoked(functionName, outcome, tookMs);
      other.invoked(functionName, outcome, tookMs);
    },
    used: (functionName, usage) => {
      one.used(functionName, usage);
      other.used(functionName, usage);
    },
    published: (topic, tookMs) => {
      one.published(topic, tookMs);
      other.published(topic, tookMs);
    },
    publishFailed: (topic) => {
      one.publishFailed(topic);
      other.publishFailed(topic);
    },
    hint: (result) => {
      one.hint(result);
      other.hint(result);
    },
    full: (topic) => {
      one.full(topic);
      other.full(topic);
    },
  };
}
