import { checkName } from "./ids.ts";
import type { Json } from "./json.ts";

declare const INTERFACE: unique symbol;

/** A service's name, tied to its TypeScript interface. */
export interface ServiceDefinition<S> {
  readonly kind: "service";
  readonly name: string;
  readonly [INTERFACE]?: S;
}

/** A workflow's name, tied to its TypeScript interface. */
export interface WorkflowDefinition<W> {
  readonly kind: "workflow";
  readonly name: string;
  readonly [INTERFACE]?: W;
}

/**
 * Names a service and ties the name to its interface.
 *
 * @throws InfiniticError `INVALID_DEFINITION`
 * @example
 * export interface Payments { charge(orderId: string, cents: number): Promise<Receipt> }
 * export const Payments = defineService<Payments>("Payments");
 */
export function defineService<S>(name: string): ServiceDefinition<S> {
  return { kind: "service", name: checkName("service", name) };
}

/**
 * Names a workflow and ties the name to its interface: methods, channels and queries.
 *
 * @throws InfiniticError `INVALID_DEFINITION`
 * @example
 * export interface OrderFlow { run(order: Order): Promise<Confirmation>; approved: Channel<boolean> }
 * export const OrderFlow = defineWorkflow<OrderFlow>("OrderFlow");
 */
export function defineWorkflow<W>(name: string): WorkflowDefinition<W> {
  return { kind: "workflow", name: checkName("workflow", name) };
}

/** The methods of an interface. */
export type MethodsOf<I> = {
  [K in keyof I as I[K] extends (...args: never[]) => unknown ? K : never]: I[K];
};

/** The arguments of a method. */
export type ArgsOf<M> = M extends (...args: infer A) => unknown ? A : never;

/** What a method gives in the end. */
export type ResultOf<M> = M extends (...args: never[]) => infer R ? Awaited<R> : never;

/** What a channel looks like from outside the workflow. */
interface ChannelShape extends AsyncIterable<unknown> {
  receive(...args: never[]): unknown;
}

/** The channels of an interface, each as the type of its signals. */
export type ChannelsOf<I> = {
  [K in keyof I as I[K] extends ChannelShape ? K : never]: I[K] extends AsyncIterable<infer T> ? T : never;
};

/** What a query looks like from outside the workflow. */
interface QueryShape {
  readonly read: (...args: never[]) => unknown;
  answer(args: readonly Json[]): unknown;
}

/** The queries of an interface, each as its function. */
export type QueriesOf<I> = {
  [K in keyof I as I[K] extends QueryShape ? K : never]: I[K] extends { readonly read: infer F } ? F : never;
};
