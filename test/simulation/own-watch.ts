import { isReference } from "../../lib/bridge/dead-letters/dead-letter.ts";
import type { StreamRecord } from "../../lib/bridge/dispatch/stream-request.ts";
import type { InvocationRequest } from "../../lib/core/protocol/invocation.ts";
import { InfiniticError } from "../../lib/core/values/errors.ts";
import type { Broker, OutgoingMessage } from "../../lib/ports/broker.ts";
import type { FunctionInvoker } from "../../lib/ports/function-invoker.ts";
import type { OwnLedger } from "./own-ledger.ts";
import type { Process } from "./process.ts";

type Sent = InvocationRequest & { readonly Records?: readonly StreamRecord[] };

const SLOWEST_LETTER_MS = 3_000;

/**
 * Watches one bridge from outside, on every route: of one key it has one invocation in flight, and none while a message
 * of that key is on its way to its dead letters (I6). Letters of the user's own topics take their time.
 */
export class OwnWatch {
  readonly #ledger: OwnLedger;
  readonly #process: Process;
  readonly #running = new Set<string>();
  readonly #parking = new Set<string>();

  constructor(ledger: OwnLedger, process: Process) {
    this.#ledger = ledger;
    this.#process = process;
  }

  /** The port of the functions, watched. */
  invoker(invoker: FunctionInvoker): FunctionInvoker {
    return {
      invoke: async (functionName, payload, options) => {
        const sent = JSON.parse(payload) as Sent;
        const lines = this.#linesOf(functionName, sent);
        for (const line of lines) this.#begin(line);
        const outcome = await invoker.invoke(functionName, payload, options);
        for (const line of lines) this.#running.delete(line);
        if (sent.Records !== undefined) this.#ledger.answered(sent.Records, outcome);
        return outcome;
      },
    };
  }

  /** The port of the broker, watched. */
  broker(broker: Broker): Broker {
    return { ...broker, publish: (message) => this.#publish(broker, message) };
  }

  #linesOf(functionName: string, { records = [], Records }: Sent): ReadonlySet<string> {
    if (Records !== undefined) return new Set(Records.map(({ eventID }) => this.#ledger.lineOf(eventID)));
    if (!functionName.startsWith("workflow-")) return new Set();
    return new Set(records.map(({ key }) => `${functionName} ${key}`));
  }

  #begin(line: string): void {
    const { name } = this.#process;
    if (this.#running.has(line)) this.#ledger.breach(`${name} has two invocations of ${line} in flight`);
    if (this.#parking.has(line))
      this.#ledger.breach(`${name} invokes ${line} while a message of it is parked`);
    this.#running.add(line);
  }

  async #publish(broker: Broker, message: OutgoingMessage): Promise<string> {
    const { originId = "" } = message.properties ?? {};
    const entry = message.topic.startsWith("dlq:") ? this.#ledger.entries.get(originId) : undefined;
    if (entry === undefined) return broker.publish(message);
    this.#parking.add(entry.line);
    const { world } = this.#process;
    await this.#process.clock.sleep(world.chance.int(`slowness of ${message.topic}`, 0, SLOWEST_LETTER_MS));
    if (entry.message.fate === "bulky" && !isReference({ properties: message.properties ?? {} }))
      throw new InfiniticError("MESSAGE_TOO_LARGE", "expected less");
    const receipt = await broker.publish(message);
    this.#parking.delete(entry.line);
    return receipt;
  }
}
