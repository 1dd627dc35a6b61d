import type { CheckMode } from "../core/model/recorded-commands.ts";

/**
 * The base of workflow classes: fields are the instance's properties, methods orchestrate tasks.
 *
 * @example
 * export class OrderFlowV1 extends Workflow implements OrderFlow {
 *   readonly approved = channel<boolean>();
 *   readonly status = query(() => this.phase);
 *   private readonly payments = newService(Payments, { timeout: "1h" });
 */
export abstract class Workflow {}

/** A class of a workflow. Several versions may be registered; new instances take the highest. */
export interface WorkflowClass<W = unknown> {
  new (): Workflow & W;
  /** Default: 1. */
  readonly version?: number;
  /** Default: `"simple"`. */
  readonly checkMode?: CheckMode;
}
