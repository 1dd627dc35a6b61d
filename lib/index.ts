/** Everything public, by name. */
import "./needs-node.ts";
import "./workflow/install-guards.ts";

export { InfiniticClient, type StartOptions } from "./client/client.ts";
export type {
  ClientAnswer,
  ClientCall,
  ClientClock,
  ClientHeaders,
  ClientInterceptor,
  ClientOptions,
} from "./client/client-options.ts";
export type { ListOptions, ListPage } from "./client/list-workflows.ts";
export type { MethodHandle, WaitOptions } from "./client/method-handle.ts";
export type { DispatchOptions, NewService } from "./client/new-service.ts";
export type { TaskHandle } from "./client/task-handle.ts";
export type { TagControl, TagMethods, WorkflowByTag } from "./client/workflow-by-tag.ts";
export type {
  AskQueries,
  DispatchMethods,
  InstanceControl,
  NewWorkflow,
  RunMethods,
  SendChannels,
  WorkflowById,
} from "./client/workflow-client.ts";
export { SchemaMismatchError } from "./core/contract/check.ts";
export {
  defineService,
  defineWorkflow,
  type ServiceDefinition,
  type ServiceSchemas,
  type WorkflowDefinition,
  type WorkflowSchemas,
} from "./core/contract/definition.ts";
export type { CallSchemas } from "./core/contract/schemas.ts";
export type { StandardSchema } from "./core/contract/standard-schema.ts";
export type { Duration } from "./core/values/duration.ts";
export { ERRORS, type ErrorCode, hasCode, InfiniticError } from "./core/values/errors.ts";
export type { Failure } from "./core/values/failure.ts";
export type { Json, JsonObject } from "./core/values/json.ts";
export type { MessageHeaders, WritableHeaders } from "./core/values/message-headers.ts";
export { RemoteError } from "./core/values/remote-error.ts";
export {
  TaskCanceledError,
  TaskFailedError,
  TaskTimedOutError,
  WorkflowCanceledError,
  WorkflowEndedError,
  WorkflowFailedError,
  WorkflowTimedOutError,
  WorkflowUnknownError,
} from "./core/values/remote-errors.ts";
export {
  type BackoffOptions,
  exponentialBackoff,
  type FailedAttempt,
  fixedDelay,
  noRetry,
  /** The former name of {@link noRetry}. */
  noRetry as none,
  type RetryPolicy,
} from "./core/values/retry.ts";
export type { WorkflowOptions } from "./engine/workflow-options.ts";
export { apiFunction } from "./lambda/api-function.ts";
export { type BridgeContext, type BridgeHandler, bridgeFunction } from "./lambda/bridge-function.ts";
export { serviceFunction } from "./lambda/service-function.ts";
export { tasksFunction } from "./lambda/tasks-function.ts";
export { timersFunction } from "./lambda/timers-function.ts";
export { workflowFunction } from "./lambda/workflow-function.ts";
export type { Channel, ChannelOptions, ReceiveOptions } from "./runtime/channel.ts";
export type { Deferred } from "./runtime/deferred.ts";
export type { DeferredStatus } from "./runtime/method-run.ts";
export type { Query } from "./runtime/query.ts";
export { Workflow } from "./runtime/workflow-class.ts";
export type {
  InboundMethod,
  InboundQuery,
  InboundSignal,
  OutboundCall,
  WorkflowInterceptor,
} from "./runtime/workflow-interceptor.ts";
export type { BatchedMethod, BatchedMethods, BatchResults } from "./service/batched.ts";
export type { DelegatedMethods, DelegatedOptions } from "./service/delegated.ts";
export { NonRetryableError } from "./service/non-retryable-error.ts";
export type { ServiceOptions } from "./service/service-options.ts";
export { type BatchContext, type TaskContext, taskContext } from "./service/task-context.ts";
export type { TaskCall, TaskInterceptor } from "./service/task-interceptor.ts";
export { channel } from "./workflow/channel.ts";
export { type ConditionOptions, condition } from "./workflow/condition.ts";
export { type InlineOptions, inline } from "./workflow/inline.ts";
export { query } from "./workflow/query.ts";
export { newService, type ServiceStub, type TaskOptions } from "./workflow/service-stub.ts";
export { timer } from "./workflow/timer.ts";
export { type WorkflowContext, workflowContext } from "./workflow/workflow-context.ts";
export {
  type ChildOptions,
  type ChildStub,
  getWorkflowById,
  getWorkflowByTag,
  type InstanceStub,
  newWorkflow,
  type TaggedStub,
} from "./workflow/workflow-stub.ts";
