import type { Handler } from "../../lib/adapters/memory/function-invoker.ts";
import type { EngineStores } from "../../lib/engine/workflow-handler.ts";
import type { ApiSetup } from "../../lib/http/api-setup.ts";
import type { Broker, OutgoingMessage } from "../../lib/ports/broker.ts";

/** What a sandbox can do that no function could: reach past the network. */
export interface Inside {
  /** The stores as they are. */
  readonly truth: EngineStores;
  readonly publish: (message: OutgoingMessage) => void;
}

/** What one sandbox is made of. */
export interface Parts {
  readonly stores: EngineStores;
  /** Makes the function over stores. */
  readonly make: (stores: EngineStores) => Handler;
}

/** A bug put into the system from outside, for one run: where that can be, parts are wrapped, and the product is as it is. */
export interface Sabotage {
  /** Makes the function of one sandbox. */
  sandbox?(functionName: string, parts: Parts, inside: Inside): Handler;
  /** Changes parts of the product itself; returns what undoes it, when the run has ended. */
  begin?(): () => void;
  /** What the api function is made of otherwise. */
  readonly api?: Partial<ApiSetup>;
  /** What an HTTP client keeps of the address of an instance. */
  keptAddress?(address: string): string;
  /** What one bridge takes for its broker. */
  broker?(broker: Broker): Broker;
}
