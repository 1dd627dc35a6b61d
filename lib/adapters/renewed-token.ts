import type { Clock } from "../ports/clock.ts";

/** What a connection is opened with. */
export interface Token {
  readonly value: string;
  /** Epoch milliseconds; absent: until it is refused. */
  readonly expiresAt?: number;
}

/** Where the tokens of connections come from. */
export interface TokenSource {
  /** The token to connect with now. */
  token(): Promise<string>;
  /** Says that a token was refused; gives another one, or undefined: there is no other, or none so soon. */
  replace(refused: string): Promise<string | undefined>;
}

/** A token that was refused is not asked for again sooner, however many connections it is that fail. */
const LEAST_PAUSE_MS = 30_000;

/** A token is renewed so long before its end, or in the last fifth of a short life. */
const MARGIN_MS = 60_000;

/** A token that was got. */
interface Got {
  readonly token: Promise<Token>;
  readonly at: number;
}

/**
 * Keeps a token for all connections: it is got again before it ends, and when it was refused.
 *
 * @example
 * const source = new RenewedToken({ get: async () => ({ value: await readSecret(reference) }), clock: systemClock });
 */
export class RenewedToken implements TokenSource {
  readonly #get: () => Promise<Token>;
  readonly #clock: Clock;
  #current: Got | undefined;

  constructor({ get, clock }: { readonly get: () => Promise<Token>; readonly clock: Clock }) {
    this.#get = get;
    this.#clock = clock;
  }

  async token(): Promise<string> {
    const known = this.#current;
    if (known === undefined) return this.#renew();
    const token = await known.token;
    if (!this.#isEnding(token, known.at)) return token.value;
    try {
      return await (this.#current === known ? this.#renew() : this.token());
    } catch (error) {
      // Whoever gives tokens is away: this one may still do.
      if ((token.expiresAt ?? 0) > this.#clock.now()) return token.value;
      throw error;
    }
  }

  async replace(refused: string): Promise<string | undefined> {
    const known = this.#current;
    const token = await known?.token;
    if (token && token.value !== refused) return token.value; // another connection has been here before
    if (this.#current !== known) return this.replace(refused);
    if (known && this.#clock.now() - known.at < LEAST_PAUSE_MS) return undefined;
    const next = await this.#renew();
    return next === refused ? undefined : next;
  }

  /** Whoever asks meanwhile waits for the same one. */
  async #renew(): Promise<string> {
    const before = this.#current;
    const got = { token: this.#get(), at: this.#clock.now() };
    this.#current = got;
    try {
      return (await got.token).value;
    } catch (error) {
      if (this.#current === got) this.#current = before;
      throw error;
    }
  }

  #isEnding({ expiresAt }: Token, since: number): boolean {
    if (expiresAt === undefined) return false;
    return this.#clock.now() >= expiresAt - Math.min(MARGIN_MS, (expiresAt - since) / 5);
  }
}
