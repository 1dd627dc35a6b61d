import { checkName } from "../values/ids.ts";
import type { Json } from "../values/json.ts";
import type { JsonFlaw } from "../values/json-flaw.ts";
import { type CallSchemas, Schemas } from "./schemas.ts";
import type { StandardSchema } from "./standard-schema.ts";

declare const INTERFACE: unique symbol;

/** A service's name and schemas, tied to its TypeScript interface. */
export interface ServiceDefinition<S> {
  readonly kind: "service";
  readonly name: string;
  readonly schemas: Schemas;
  readonly [INTERFACE]?: S;
}

/** A workflow's name and schemas, tied to its TypeScript interface. */
export interface WorkflowDefinition<W> {
  readonly kind: "workflow";
  readonly name: string;
  readonly schemas: Schemas;
  readonly [INTERFACE]?: W;
}

/**
 * Names a service and ties the name to its interface; its arguments and results are JSON values.
 *
 * Any method may have schemas, of any library that follows Standard Schema (zod, valibot, arktype …). They check
 * values as they are on the wire, at both ends: a sender is told at once that its value does not fit, and sends one
 * that does as it is; a receiver gets what the schema makes of it, with its defaults and conversions. What does not
 * fit is a SchemaMismatchError, which no retry policy is asked about.
 *
 * A schema that validates asynchronously may check what a service receives, but nothing that workflow code does.
 *
 * @throws InfiniticError `INVALID_DEFINITION`
 * @example
 * export interface Bank {
 *   charge(card: Card, cents: number): Promise<string>;
 * }
 * export const Bank = defineService<Bank>("Bank", {
 *   charge: { args: z.tuple([Card, z.int().positive()]), result: z.string() },
 * });
 */
export function defineService<S>(
  name: [ServiceFlaw<S>] extends [never] ? string : ServiceFlaw<S>,
  schemas: ServiceSchemas<S> = {},
): ServiceDefinition<S> {
  return { kind: "service", name: checkName("service", name), schemas: new Schemas(name, schemas) };
}

/**
 * Names a workflow and ties the name to its interface: methods, channels and queries.
 *
 * Any of these may have schemas, which check as those of {@link defineService} do. Workflow functions run them, so
 * they validate synchronously. A method whose arguments do not fit fails with SchemaMismatchError; a signal that does
 * not fit is dropped before it reaches the channel.
 *
 * They are part of the workflow's code: a replay does not judge again what history has accepted, but what a schema
 * makes of a value, and whether a result fits, must stay the same for the values in running instances' histories.
 *
 * @throws InfiniticError `INVALID_DEFINITION`
 * @example
 * export interface Donation {
 *   run(card: Card): Promise<string>;
 *   amount: Channel<number>;
 * }
 * export const Donation = defineWorkflow<Donation>("Donation", {
 *   run: { args: z.tuple([Card]) },
 *   amount: z.int().min(100),
 * });
 */
export function defineWorkflow<W>(
  name: [WorkflowFlaw<W>] extends [never] ? string : WorkflowFlaw<W>,
  schemas: WorkflowSchemas<W> = {},
): WorkflowDefinition<W> {
  return { kind: "workflow", name: checkName("workflow", name), schemas: new Schemas(name, schemas) };
}

type CallSchemasOf<M> = { readonly [K in keyof M]?: CallSchemas<ArgsOf<M[K]>, ResultOf<M[K]>> };

/** The schemas of a service: of any of its methods. */
export type ServiceSchemas<S> = CallSchemasOf<MethodsOf<S>>;

/** The schemas of a workflow: of any of its methods and queries, and of its channels' signals. */
export type WorkflowSchemas<W> = CallSchemasOf<MethodsOf<W> & QueriesOf<W>> & {
  readonly [C in keyof ChannelsOf<W>]?: StandardSchema<ChannelsOf<W>[C]>;
};

/** What of a service's interface cannot be JSON, as a sentence. */
type ServiceFlaw<S> = CallFlaw<MethodsOf<S>>;

/** What of a workflow's interface cannot be JSON, as a sentence. */
type WorkflowFlaw<W> =
  | CallFlaw<MethodsOf<W>>
  | CallFlaw<QueriesOf<W>>
  | {
      [C in keyof ChannelsOf<W>]: Sentence<"signals of", C, JsonFlaw<ChannelsOf<W>[C]>>;
    }[keyof ChannelsOf<W>];

type CallFlaw<M> = {
  [K in keyof M]:
    | Sentence<"arguments of", K, JsonFlaw<ArgsOf<M[K]>>>
    | Sentence<"a result of", K, JsonFlaw<ResultOf<M[K]>>>;
}[keyof M];

type Sentence<What extends string, Name, Flaw extends string> = [Flaw] extends [never]
  ? never
  : `expected ${What} ${Name & string} to be JSON values, got ${Flaw}`;

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
