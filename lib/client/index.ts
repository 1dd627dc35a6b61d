/**
 * The typed client alone, with what its callers define and catch: it needs nothing but `fetch`, so it runs in browsers,
 * too. Everything here is exported by the package's main entry as well.
 */
export { SchemaMismatchError } from "../core/contract/check.ts";
export {
  defineService,
  defineWorkflow,
  type ServiceDefinition,
  type ServiceSchemas,
  type WorkflowDefinition,
  type WorkflowSchemas,
} from "../core/contract/definition.ts";
export type { CallSchemas } from "../core/contract/schemas.ts";
export type { StandardSchema } from "../core/contract/standard-schema.ts";
export type { Duration } from "../core/values/duration.ts";
export { ERRORS, type ErrorCode, hasCode, InfiniticError } from "../core/values/errors.ts";
export type { Failure } from "../core/values/failure.ts";
export type { Json, JsonObject } from "../core/values/json.ts";
export type { MessageHeaders, WritableHeaders } from "../core/values/message-headers.ts";
export { RemoteError } from "../core/values/remote-error.ts";
export {
  TaskCanceledError,
  TaskFailedError,
  TaskTimedOutError,
  WorkflowCanceledError,
  WorkflowEndedError,
  WorkflowFailedError,
  WorkflowTimedOutError,
  WorkflowUnknownError,
} from "../core/values/remote-errors.ts";
export { InfiniticClient, type StartOptions } from "./client.ts";
export type {
  ClientAnswer,
  ClientCall,
  ClientClock,
  ClientHeaders,
  ClientInterceptor,
  ClientOptions,
} from "./client-options.ts";
export type { ListOptions, ListPage } from "./list-workflows.ts";
export type { MethodHandle, WaitOptions } from "./method-handle.ts";
export type { DispatchOptions, NewService } from "./new-service.ts";
export type { TaskHandle } from "./task-handle.ts";
export type { TagControl, TagMethods, WorkflowByTag } from "./workflow-by-tag.ts";
export type {
  AskQueries,
  DispatchMethods,
  InstanceControl,
  NewWorkflow,
  RunMethods,
  SendChannels,
  WorkflowById,
} from "./workflow-client.ts";
