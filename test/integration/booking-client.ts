import type { HistoryRecord } from "../../lib/core/model/history.ts";
import type { HistoryView, InstanceView } from "../../lib/core/model/view.ts";

/** An answer with its body read. */
export interface Answered<T = unknown> {
  readonly status: number;
  readonly type: string;
  readonly body: T;
}

export interface Outcome {
  readonly status: string;
  readonly result?: { readonly [field: string]: unknown };
}

export const TRIP = { flight: "AF1", hotel: "Ritz", nights: 2, cents: 50_000 };

/** Plain HTTP calls of the sample: what curl would do. */
export class BookingClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async call<T = unknown>(path: string, init: RequestInit = {}): Promise<Answered<T>> {
    const response = await fetch(`${this.#url}${path}`, init);
    return {
      status: response.status,
      type: response.headers.get("content-type") ?? "",
      body: (await response.json()) as T,
    };
  }

  post<T = unknown>(
    path: string,
    body: unknown,
    headers: { readonly [name: string]: string } = {},
  ): Promise<Answered<T>> {
    return this.call(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  }

  start(
    id: string,
    trip: object,
    headers: { readonly [name: string]: string } = {},
  ): Promise<Answered<Outcome>> {
    return this.post("/workflows/Booking", { id, method: "book", args: [trip] }, headers);
  }

  /** Starts a booking and waits for its end; again when a slow machine takes longer than one wait. */
  async book(id: string, trip: object): Promise<Outcome> {
    for (;;) {
      const { status, body } = await this.start(id, trip, { Prefer: "wait=20" });
      if (status !== 202) return body;
    }
  }

  async history(id: string): Promise<readonly HistoryRecord[]> {
    return (await this.call<HistoryView>(`/workflows/Booking/${id}/history`)).body.records;
  }

  async describe(id: string): Promise<InstanceView> {
    return (await this.call<InstanceView>(`/workflows/Booking/${id}`)).body;
  }
}
