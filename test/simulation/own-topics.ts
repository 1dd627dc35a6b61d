import type { BridgeOptions } from "../../lib/bridge/options.ts";
import type { SubscriptionType } from "../../lib/ports/broker.ts";
import type { Chance } from "./chance.ts";
import { Collector, Journey } from "./journey.ts";

/** What becomes of a message; `deadly` ends every invocation that it is in, `bulky` is poison no letter is large enough for. */
export type Fate = "fine" | "flaky" | "poison" | "deadly" | "bulky";

export interface OwnMessage {
  readonly name: string;
  readonly key: string;
  readonly fate: Fate;
}

/** A topic of the user's own, with what is published there, in this order, and who takes it. */
export interface OwnTopic {
  readonly name: string;
  readonly role: "handler" | "start" | "signal";
  readonly type: SubscriptionType;
  readonly messages: readonly OwnMessage[];
  readonly batchSize: number;
  readonly lingerMs: number;
  readonly maxAttempts: number;
  /** Of a handler: whether it stops at the first failure of a key, as one does that needs its order. */
  readonly isStrict: boolean;
}

/** The user's own topics of one run. */
export type OwnTopics = readonly OwnTopic[];

/** The instance that the messages of the topic with signals go to. */
export const OWN_COLLECTOR = "own-collector";

const TYPES = ["key_shared", "shared", "failover"] as const;
const MOST_MESSAGES = 8;
const HANDLED: readonly Fate[] = ["fine", "fine", "fine", "flaky", "flaky", "poison", "deadly", "bulky"];
const CARRIED: readonly Fate[] = ["fine", "fine", "fine", "poison", "bulky"];
const TIMEOUT_MS = 25_000;

/** Makes up topics of the user's own, in most runs one or two. */
export function ownTopicsOf(chance: Chance): OwnTopics {
  const handlers = TYPES.filter((type) => chance.draw(`own topic ${type}`) < 0.3).map((type) =>
    topicOf(chance, { name: `own-${type}`, role: "handler", type, most: MOST_MESSAGES }),
  );
  const triggers = (["start", "signal"] as const)
    .filter((role) => chance.draw(`own topic ${role}`) < 0.15)
    .map((role) => {
      // Signals that arrive in any order are no one's to predict.
      const type = role === "signal" ? "key_shared" : chance.pick("type of own starts", TYPES);
      return topicOf(chance, { name: `own-${role}`, role, type, most: 3 });
    });
  return [...handlers, ...triggers];
}

function topicOf(
  chance: Chance,
  topic: Pick<OwnTopic, "name" | "role" | "type"> & { readonly most: number },
): OwnTopic {
  const { name, role, type, most } = topic;
  const keys = role === "signal" ? ["k0"] : ["k0", "k0", "k1"];
  const fates = role === "handler" ? HANDLED : CARRIED;
  const messages = Array.from({ length: chance.int(`messages of ${name}`, 1, most) }, (_, nth) => {
    const key = chance.pick(`key of ${name}`, keys);
    return { name: `${name}-${nth}`, key, fate: chance.pick(`fate of ${name}`, fates) };
  });
  return {
    name,
    role,
    type,
    messages,
    batchSize: chance.pick(`batch of ${name}`, [1, 2, 5]),
    lingerMs: chance.pick(`linger of ${name}`, [0, 0, 300]),
    maxAttempts: chance.int(`attempts of ${name}`, 1, 3),
    isStrict: chance.draw(`handler of ${name}`) < 0.7,
  };
}

export const functionOf = ({ name }: OwnTopic): string => `handler-${name}`;

/** What a message is when it is published. */
export function payloadOf({ role }: OwnTopic, { name, fate }: OwnMessage): string {
  const isAddressed = role !== "handler" && fate === "fine";
  return JSON.stringify({ name, fate, ...(isAddressed && { id: role === "start" ? name : OWN_COLLECTOR }) });
}

/** What a bridge is told of these topics. */
export function ownOptions(topics: OwnTopics): Pick<BridgeOptions, "routes" | "triggers"> {
  const routes = topics.filter(({ role }) => role === "handler");
  const triggers = topics.filter(({ role }) => role !== "handler");
  return {
    routes: routes.map((route) => {
      const { name: topic, type, batchSize, lingerMs, maxAttempts } = route;
      const functionName = functionOf(route);
      return {
        topic,
        type,
        functionName,
        handler: "stream",
        timeoutMs: TIMEOUT_MS,
        batchSize,
        lingerMs,
        maxAttempts,
      };
    }),
    triggers: triggers.map(({ name: topic, type, role }) => {
      const own = { topic, subscription: "own", type, id: "id" };
      return role === "start"
        ? { kind: "start", workflow: Journey.name, method: "keep", ...own }
        : { kind: "signal", workflow: Collector.name, channel: "heard", ...own };
    }),
  };
}
