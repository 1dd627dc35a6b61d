import { MAIN_METHOD } from "../core/model/decide.ts";
import { methodOf } from "../core/model/view.ts";
import { hasCode } from "../core/values/errors.ts";
import type { StartedInstance } from "../instance/read-instance.ts";
import type { InstanceKey } from "../ports/state-store.ts";
import type { Call } from "./call.ts";
import { findRun, gone } from "./find-run.ts";
import { endOf } from "./outcome.ts";
import { opened } from "./payloads.ts";
import type { OutcomeView } from "./views.ts";

/** Looks at an instance for how a method of one of its runs stands, and keeps what it has seen. */
export class RunOutcome {
  readonly #call: Call;
  readonly #key: InstanceKey;
  /** The run that was found: the one that was asked for, until another is seen that its start met. */
  run: string | undefined;
  methodId: string;
  /** Whether the run has been seen. */
  isBegun = false;
  readonly #asked: string | undefined;

  constructor(call: Call, key: InstanceKey, run: string | undefined, methodId: string) {
    this.#call = call;
    this.#key = key;
    this.#asked = run;
    this.run = run;
    this.methodId = methodId;
  }

  /**
   * Gives the method's outcome; undefined while there is none.
   *
   * @throws ProblemError `WORKFLOW_ENDED` where the run is gone, and its outcome with it
   */
  async look(instance: StartedInstance): Promise<OutcomeView | undefined> {
    const { parts } = this.#call;
    const found = await findRun(parts, this.#key, this.#asked, instance);
    if (found.kind === "gone") {
      this.run = found.run;
      const view = this.methodId === MAIN_METHOD ? found.outcome : undefined;
      if (view) return this.#opened(view, found.run);
      throw gone(this.#key, found.run);
    }
    if (found.kind !== "here") return undefined;
    const { state } = found.instance;
    this.run = state.key.run;
    this.methodId = methodOf(state, this.methodId)?.id ?? this.methodId;
    this.isBegun = true;
    return endOf(state, this.methodId);
  }

  get names() {
    const { run, methodId } = this;
    return { ...this.#key, ...(run !== undefined && { run }), methodId };
  }

  /** The payload of a run that is gone may be gone, too. */
  async #opened(view: OutcomeView, run: string): Promise<OutcomeView> {
    try {
      return "result" in view ? await opened(this.#call.parts, view) : view;
    } catch (error) {
      throw hasCode(error, "PAYLOAD_MISSING") ? gone(this.#key, run) : error;
    }
  }
}
