import { InfiniticError } from "../values/errors.ts";

/** As Pulsar has it; a dot or two alone would be a step within a URL. */
const NAMESPACE_PART = /^(?!\.{1,2}$)[-=:.\w]+$/;
/** Pulsar takes any other character in a topic's name, and in a path it is percent-encoded. */
const TOPIC = /^(?!\.{1,2}$)[^/\p{Cc}]+$/u;
/** Of a topic's partition, which is no topic of its own. */
const PARTITION = /-partition-\d+$/;
/** Pulsar's admin API reads a percent sign and a plus as something else than its WebSocket API does. */
const SUBSCRIPTION = /^(?!\.{1,2}$)[^%+\p{Cc}]+$/u;

/**
 * Returns the name, if it may be that of a tenant, or of a namespace in it.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function checkNamespacePart(what: "tenant" | "namespace", name: string): string {
  if (NAMESPACE_PART.test(name)) return name;
  throw refused(`the name of a ${what}: letters, digits and "-_.:=", as Pulsar has it`, name);
}

/**
 * Returns the name, if it may be that of a topic, without tenant and namespace.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function checkTopicName(name: string): string {
  if (TOPIC.test(name) && !PARTITION.test(name)) return name;
  const expected = "a topic's name alone: no slash, no control character, no -partition-<number> at its end";
  throw refused(expected, name);
}

/**
 * Returns the name, if it may be that of a subscription.
 *
 * @throws InfiniticError `INVALID_OPTION`
 */
export function checkSubscriptionName(name: string): string {
  if (SUBSCRIPTION.test(name)) return name;
  throw refused('a subscription\'s name: no "%", no "+", no control character', name);
}

function refused(expected: string, got: string): InfiniticError {
  return new InfiniticError("INVALID_OPTION", `expected ${expected}; got ${JSON.stringify(got)}`);
}
