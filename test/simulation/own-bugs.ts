import { DeadLetters } from "../../lib/bridge/dead-letters/dead-letters.ts";
import type { KeyQueue } from "../../lib/bridge/queues/key-queue.ts";
import { KeyQueues } from "../../lib/bridge/queues/key-queues.ts";
import type { Broker, Consumer, IncomingMessage } from "../../lib/ports/broker.ts";
import type { Sabotage } from "./sabotage.ts";

/** Bugs of the bridge that only the user's own topics can show. */
export const OWN_BUGS: { readonly [name: string]: () => Sabotage } = {
  "settle before a park": () => ({
    begin: () => {
      const taken = new WeakMap<IncomingMessage, { readonly queues: KeyQueues; readonly queue: KeyQueue }>();
      const { take } = KeyQueues.prototype;
      const { park } = DeadLetters.prototype;
      KeyQueues.prototype.take = function (queue, count) {
        const messages = take.call(this, queue, count);
        for (const message of messages) taken.set(message, { queues: this, queue });
        return messages;
      };
      DeadLetters.prototype.park = function (message, cause) {
        const { queues, queue } = taken.get(message) ?? {};
        if (queue !== undefined) queues?.release(queue);
        return park.call(this, message, cause);
      };
      return () => {
        KeyQueues.prototype.take = take;
        DeadLetters.prototype.park = park;
      };
    },
  }),

  "acknowledge by count and not by identity": () => ({
    broker: (broker): Broker => ({
      ...broker,
      subscribe: async (options) => {
        const consumer = await broker.subscribe(options);
        return options.topic.startsWith("own-") ? counting(consumer) : consumer;
      },
    }),
  }),
};

/** Acknowledges as many messages as it is told, from the first that it has received. */
function counting(consumer: Consumer): Consumer {
  const received: IncomingMessage[] = [];
  return {
    ...consumer,
    receive: async () => {
      const message = await consumer.receive();
      if (message !== undefined) received.push(message);
      return message;
    },
    acknowledge: () => {
      const first = received.shift();
      if (first !== undefined) consumer.acknowledge(first);
    },
  };
}
