import type { Gateway, WebAnswer, WebRequest } from "./gateway.ts";
import type { Process } from "./process.ts";
import { Tally } from "./tally.ts";

/** What an HTTP client asks for: the words of each life of a custom id, one life after the other. */
export interface WebFlow {
  readonly customId: string;
  readonly lives: readonly (readonly string[])[];
}

const RETRY_MS = 300;
const POLL_MS = 2_000;

/** The address of a part of an instance: the run, if it names one, stays. */
const below = (address: string, part: string): string => address.replace(/(\?|$)/, `/${part}$1`);

/**
 * A client that speaks HTTP only. It uses one Idempotency-Key for a start, for a signal and for a call; it sends
 * whatever got no answer again; and it believes nothing but the answers.
 */
export class WebClient {
  readonly violations: string[] = [];
  isSettled = false;
  readonly #process: Process;
  readonly #gateway: Gateway;
  readonly #flows: readonly WebFlow[];
  /** What the client keeps of an instance's address: a bug may be put in here. */
  readonly #kept: (address: string) => string;

  constructor(options: {
    readonly process: Process;
    readonly gateway: Gateway;
    readonly flows: readonly WebFlow[];
    readonly kept?: ((address: string) => string) | undefined;
  }) {
    this.#process = options.process;
    this.#gateway = options.gateway;
    this.#flows = options.flows;
    this.#kept = options.kept ?? ((address) => address);
  }

  begin(): void {
    void Promise.all(this.#flows.map((flow, nth) => this.#live(flow, nth)))
      .catch((violation) => this.violations.push(String(violation)))
      .then(() => {
        this.isSettled = true;
      });
  }

  async #live({ customId, lives }: WebFlow, flow: number): Promise<void> {
    const results: { readonly address: string; readonly words: readonly string[] }[] = [];
    for (const [nth, words] of lives.entries()) {
      const key = `key-${flow}-${nth}`;
      const started = await this.#post(`/workflows/${Tally.name}`, key, { customId, args: [words.length] });
      const id = String(started.body["workflowId"]);
      const instance = `/workflows/${Tally.name}/${id}`;
      const run = this.#kept(started.location ?? instance);
      await this.#expectKnown(run);
      await this.#post(`${instance}/methods/note`, key, { args: [customId] });
      await this.#expectQuery(below(run, "queries/heard"), words.length);
      for (const [at, signal] of words.entries()) {
        const own = at === 0 ? key : `${key}-word-${at}`;
        await this.#post(`${instance}/channels/words`, own, { signal });
        await this.#expectRefused(`${instance}/channels/words`, own, { signal: `${signal}, otherwise` });
      }
      results.push({ address: below(run, "result"), words });
      await this.#result(below(run, "result"));
    }
    for (const { address, words } of results) {
      const got = JSON.stringify(await this.#result(address));
      const expected = JSON.stringify(words);
      if (got !== expected) this.#violate(`the result at ${address} is ${got}, the model gives ${expected}`);
    }
  }

  /** What was accepted is known, also before anything has come of it. */
  async #expectKnown(instance: string): Promise<void> {
    const answer = await this.#until({ method: "GET", path: instance }, ({ status }) => status < 500);
    if (answer.status !== 200) this.#violate(`${instance} is ${answer.status} after its start was accepted`);
  }

  async #expectQuery(path: string, count: number): Promise<void> {
    const answer = await this.#until(
      { method: "GET", path },
      ({ status }) => status === 200 || status === 404,
    );
    const heard = Number(answer.body["result"] ?? 0);
    const isRight = answer.status === 200 && heard >= 0 && heard <= count;
    if (!isRight) this.#violate(`${path} answers ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  /** The same key for another body is refused, whoever is asked. */
  async #expectRefused(path: string, key: string, body: unknown): Promise<void> {
    const answer = await this.#until({ method: "POST", path, key, body }, ({ status }) => status < 500);
    if (answer.status !== 422) this.#violate(`${key} was taken for another body: ${answer.status}`);
  }

  async #result(path: string): Promise<unknown> {
    const isEnd = ({ status, body }: WebAnswer): boolean => status === 200 && body["status"] === "completed";
    for (;;) {
      const answer = await this.#until({ method: "GET", path }, ({ status }) => status < 500);
      if (isEnd(answer)) return answer.body["result"];
      if (answer.status === 404) this.#violate(`${path} is not known after its start was accepted`);
      await this.#process.world.sleep(POLL_MS);
    }
  }

  async #post(path: string, key: string, body: unknown): Promise<WebAnswer> {
    // A life that was accepted, and has not begun, is told from the one before it by a 409 that says so.
    const isMeant = ({ status }: WebAnswer): boolean => status < 500 && status !== 409;
    const answer = await this.#until({ method: "POST", path, key, body }, isMeant);
    if (answer.status !== 202 && answer.status !== 200)
      this.#violate(`POST ${path} with ${key}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  }

  /** Sends a request until it has an answer of this kind. */
  async #until(request: WebRequest, isMeant: (answer: WebAnswer) => boolean): Promise<WebAnswer> {
    const { world, name } = this.#process;
    for (;;) {
      world.log(`${name} sends ${JSON.stringify(request)}`);
      const answer = await this.#process.call(`${request.method} ${request.path}`, () =>
        this.#gateway.send(request),
      );
      world.log(`${name} gets ${JSON.stringify(answer)}`);
      if (answer !== undefined && isMeant(answer)) return answer;
      await world.sleep(RETRY_MS);
    }
  }

  /** Ends what this client does. */
  #violate(what: string): never {
    throw new RangeError(what);
  }
}
