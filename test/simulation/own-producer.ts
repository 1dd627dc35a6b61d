import type { StartMessage } from "../../lib/core/protocol/messages.ts";
import { workflowEngineTopic } from "../../lib/core/protocol/topics.ts";
import type { Broker, OutgoingMessage } from "../../lib/ports/broker.ts";
import { Collector, Journey } from "./journey.ts";
import type { Ledger, Life } from "./ledger.ts";
import { recordsOf } from "./ledger.ts";
import type { OwnLedger } from "./own-ledger.ts";
import { OWN_COLLECTOR, type OwnTopics, payloadOf } from "./own-topics.ts";
import type { Process } from "./process.ts";
import { headOf } from "./requests.ts";

const LONGEST_PAUSE_MS = 800;
const RETRY_MS = 200;

/** Who publishes on the user's own topics, one message after the other, each until there is a receipt. */
export class OwnProducer {
  /** Topics that are not at their end. */
  pending = 0;
  readonly #topics: OwnTopics;
  readonly #process: Process;
  readonly #broker: Broker;
  readonly #own: OwnLedger;
  readonly #ledger: Ledger;

  constructor(options: {
    readonly topics: OwnTopics;
    readonly process: Process;
    readonly broker: Broker;
    readonly own: OwnLedger;
    readonly ledger: Ledger;
  }) {
    this.#topics = options.topics;
    this.#process = options.process;
    this.#broker = options.broker;
    this.#own = options.own;
    this.#ledger = options.ledger;
  }

  begin(): void {
    for (const topic of this.#topics) {
      const { name, role, messages } = topic;
      const ofTopic = messages.map((message) => {
        return { topic: name, key: message.key, payload: payloadOf(topic, message) };
      });
      const first = role === "signal" && this.#signals > 0 ? [this.#collectorStart()] : [];
      this.pending += 1;
      void this.#publishAll([...first, ...ofTopic]).then(() => {
        this.pending -= 1;
      });
    }
  }

  /** Whether each message has come to its end. */
  get isSettled(): boolean {
    if (this.pending > 0) return false;
    return this.#expectedLives().every(({ life }) => life?.instance.state.ended === true);
  }

  /** Whatever must not be, at the end of a run. */
  get violations(): readonly string[] {
    const lost = [...this.#own.entries.values()]
      .filter((entry) => !entry.isAcknowledged || !(entry.isParked || entry.isCarried || entry.isHandled))
      .map(
        ({ id, message: { fate } }) => `${id} (${fate}) was neither processed nor parked, or is there still`,
      );
    const wrong = this.#expectedLives().flatMap(({ what, life, result }) => {
      const got = life && recordsOf(life, "method-completed").find(({ method }) => method === 0)?.value;
      if (JSON.stringify(got) === JSON.stringify(result)) return [];
      return [`${what} gave ${JSON.stringify(got)}, the model gives ${JSON.stringify(result)}`];
    });
    return [...lost, ...wrong];
  }

  get #signals(): number {
    const signals = this.#topics.find(({ role }) => role === "signal");
    return signals?.messages.filter(({ fate }) => fate === "fine").length ?? 0;
  }

  #collectorStart(): OutgoingMessage {
    const message: StartMessage = {
      ...headOf("start-own-collector", this.#process.clock.now()),
      ...{ kind: "start", workflow: Collector.name, workflowId: OWN_COLLECTOR, method: "run" },
      args: [this.#signals],
    };
    this.#ledger.allow(message);
    return {
      topic: workflowEngineTopic(Collector.name),
      key: OWN_COLLECTOR,
      payload: JSON.stringify(message),
    };
  }

  /** The instances that triggers start or signal, with what each must come to: of copies, the first counts. */
  #expectedLives(): readonly {
    readonly what: string;
    readonly life: Life | undefined;
    readonly result: unknown;
  }[] {
    const fine = [...this.#own.entries.values()].filter(({ message: { fate } }) => fate === "fine");
    const starts = fine.filter(({ topic: { role } }) => role === "start");
    const lives = starts.map((entry) => {
      const what = entry.message.name;
      return { what, life: this.#lifeOf(Journey.name, what), result: JSON.parse(entry.payload) };
    });
    const count = this.#signals;
    if (count === 0) return lives;
    const signals = fine.filter(({ topic: { role } }) => role === "signal").slice(0, count);
    const life = this.#lifeOf(Collector.name, OWN_COLLECTOR);
    return [
      ...lives,
      { what: OWN_COLLECTOR, life, result: signals.map(({ payload }) => JSON.parse(payload)) },
    ];
  }

  #lifeOf(workflow: string, workflowId: string): Life | undefined {
    for (const life of this.#ledger.lives.values())
      if (life.key.workflow === workflow && life.key.workflowId === workflowId) return life;
    return undefined;
  }

  async #publishAll(messages: readonly OutgoingMessage[]): Promise<void> {
    const { world } = this.#process;
    for (const message of messages) {
      await world.sleep(world.chance.int(`pause on ${message.topic}`, 0, LONGEST_PAUSE_MS));
      while (!(await this.#isPublished(message))) await world.sleep(RETRY_MS);
    }
  }

  async #isPublished(message: OutgoingMessage): Promise<boolean> {
    try {
      await this.#broker.publish(message);
      return true;
    } catch {
      return false;
    }
  }
}
