import type { UncaughtView } from "../core/model/view.ts";
import { Instance } from "../instance/instance.ts";
import type { Execution } from "../runtime/execution.ts";
import { forgetUncaught, uncaughtOf } from "../runtime/uncaught.ts";

/** How many errors of a run are kept with it. */
const MAX_UNCAUGHT = 10;

/** An instance that the engine works on, with its code if that ran. */
export class LiveInstance extends Instance {
  execution: Execution | undefined;

  override get uncaught(): readonly UncaughtView[] {
    const since = this.state ? uncaughtOf(this.state.key) : [];
    return [...super.uncaught, ...since].slice(-MAX_UNCAUGHT);
  }

  override committed(v: string, uncaught: readonly UncaughtView[]): void {
    super.committed(v, uncaught);
    if (this.state) forgetUncaught(this.state.key, uncaught);
    this.execution?.output.flush();
  }

  /** Forgets an ended run, but for what it has heard: another one is about to begin under the same id and item. */
  restart(): LiveInstance {
    return new LiveInstance(this.key, this.v, this.legacy);
  }
}
