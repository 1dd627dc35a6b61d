/** Why a bridge is started. */
export type BridgeEvent =
  /** There is work; leave if another bridge carries it. */
  | { readonly kind: "start"; readonly slot: number }
  /** Once a minute, whether there is work or not. */
  | { readonly kind: "schedule"; readonly slot: number }
  /** In place of a bridge whose time is nearly over. */
  | { readonly kind: "succeed"; readonly slot: number; readonly owner: string };

/** Starts bridges that run only while there is work. */
export interface BridgeStarter {
  /**
   * Resolves once a bridge is about to run; does not wait for what it does. Starting one too many costs a little and
   * harms nothing.
   *
   * @throws InfiniticError `FUNCTION_UNAVAILABLE`, `MISCONFIGURED`
   */
  start(event: BridgeEvent): Promise<void>;
}
