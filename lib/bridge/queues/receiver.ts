import type { Consumer, IncomingMessage } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Backoff } from "../backoff.ts";
import type { HealthIssues } from "../health-issues.ts";
import type { BridgeMetrics } from "../metrics.ts";

/**
 * Takes messages from a consumer as long as there is room for them, until the consumer is closed.
 * What arrives while stopping is left to the next consumer.
 */
export async function receive(options: {
  readonly consumer: Consumer;
  readonly topic: string;
  readonly onMessage: (message: IncomingMessage) => void;
  readonly hasRoom: () => boolean;
  readonly room: () => Promise<void>;
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly metrics: BridgeMetrics;
  readonly healthIssues: HealthIssues;
  readonly onReceived: () => void;
  readonly stopping: AbortSignal;
}): Promise<void> {
  const { consumer, topic, metrics, stopping } = options;
  for (let failures = 0; !stopping.aborted; ) {
    if (!options.hasRoom()) {
      metrics.full(topic);
      await options.room();
    }
    try {
      const message = await consumer.receive();
      if (message === undefined || stopping.aborted) return;
      failures = 0;
      metrics.received(topic);
      options.onReceived();
      options.onMessage(message);
    } catch (error) {
      if (stopping.aborted) return;
      failures += 1;
      options.healthIssues.report({ subject: `topic:${topic}`, message: String(error), attempts: failures });
      await options.clock.sleep(options.backoff.delayMs(failures), stopping).catch(() => undefined);
    }
  }
}
