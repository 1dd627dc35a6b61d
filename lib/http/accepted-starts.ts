import type { InstanceView } from "../core/model/view.ts";
import type { StartMessage } from "../core/protocol/messages.ts";
import type { JsonObject } from "../core/values/json.ts";
import type { InstanceKey } from "../ports/state-store.ts";

/** A start that the broker has, and that no function may have seen yet. */
export interface AcceptedStart {
  readonly run: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly tags: readonly string[];
  readonly meta: JsonObject;
}

/** How long the caller of a start may expect it. */
export const EXPECTED_MS = 7 * 86_400_000;
/** The oldest are forgotten first. */
const MOST_STARTS = 10_000;

/**
 * The starts that this process has sent. To know them costs nothing; other processes of the API know a start by its run,
 * which tells when it was made.
 */
export class AcceptedStarts {
  readonly #starts = new Map<string, AcceptedStart>();

  add({ id: run, at, tags = [], meta = {}, ...key }: StartMessage): void {
    const name = nameOf(key);
    this.#starts.delete(name);
    this.#starts.set(name, { run, at, tags, meta });
    if (this.#starts.size <= MOST_STARTS) return;
    const [oldest = ""] = this.#starts.keys();
    this.#starts.delete(oldest);
  }

  /** Gives the last start of an id, as long as its caller may expect it. */
  find(key: InstanceKey, now: number): AcceptedStart | undefined {
    const start = this.#starts.get(nameOf(key));
    return start && now - start.at < EXPECTED_MS ? start : undefined;
  }
}

/** Describes an instance that has not begun. */
export function acceptedView(key: InstanceKey, { run, at, tags, meta }: AcceptedStart): InstanceView {
  return {
    ...key,
    run,
    version: 0,
    status: "accepted",
    startedAt: at,
    updatedAt: at,
    tags,
    meta,
    methods: [],
    waitsFor: { tasks: [], children: [], timers: [], receives: [] },
  };
}

function nameOf({ workflow, workflowId }: InstanceKey): string {
  return `${workflow}/${workflowId}`;
}
