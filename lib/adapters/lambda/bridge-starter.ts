import { InfiniticError } from "../../core/values/errors.ts";
import type { BridgeEvent, BridgeStarter } from "../../ports/bridge-starter.ts";
import type { InvokeOutcome } from "../../ports/function-invoker.ts";
import type { LambdaFunctionInvoker } from "./function-invoker.ts";

/** Lambda only has to take the request. */
const TIMEOUT_MS = 5_000;

/**
 * Starts the bridge that runs in a Lambda.
 *
 * @example
 * const starter = new LambdaBridgeStarter({ invoker: new LambdaFunctionInvoker(), functionName: "booking-bridge" });
 * await starter.start({ kind: "start", slot: 0 });
 */
export class LambdaBridgeStarter implements BridgeStarter {
  readonly #invoker: Pick<LambdaFunctionInvoker, "start">;
  readonly #functionName: string;

  constructor(setup: {
    readonly invoker: Pick<LambdaFunctionInvoker, "start">;
    readonly functionName: string;
  }) {
    this.#invoker = setup.invoker;
    this.#functionName = setup.functionName;
  }

  async start(event: BridgeEvent): Promise<void> {
    let outcome = await this.#start(event);
    // A function that slept has connections which Lambda has closed; of two bridges one finds the lease taken.
    if (outcome.kind === "unavailable") outcome = await this.#start(event);
    if (outcome.kind === "answered") return;
    const got = "message" in outcome ? outcome.message : outcome.kind;
    const message = `expected function ${this.#functionName} to be started, got ${got}`;
    throw new InfiniticError(
      outcome.kind === "misconfigured" ? "MISCONFIGURED" : "FUNCTION_UNAVAILABLE",
      message,
    );
  }

  #start(event: BridgeEvent): Promise<InvokeOutcome> {
    return this.#invoker.start(this.#functionName, JSON.stringify(event), { timeoutMs: TIMEOUT_MS });
  }
}
