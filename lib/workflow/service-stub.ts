import type { MethodsOf, ResultOf, ServiceDefinition } from "../core/contract/definition.ts";
import type { Duration } from "../core/values/duration.ts";
import type { JsonObject } from "../core/values/json.ts";
import { Deferred } from "../runtime/deferred.ts";
import { argsToJson } from "../runtime/json-copy.ts";
import { currentMethod } from "../runtime/scope.ts";
import { stub } from "./stub.ts";
import type { StubMethod } from "./stub-method.ts";
import { stubOptions } from "./stub-options.ts";

export interface TaskOptions {
  /** From dispatch to outcome, retries included: then TaskTimedOutError. Default: none. */
  readonly timeout?: Duration;
  readonly tags?: readonly string[];
  /** Given to every attempt. */
  readonly meta?: JsonObject;
}

/** The service's methods, each giving a {@link Deferred}. */
export type ServiceStub<S> = {
  readonly [M in keyof MethodsOf<S>]: StubMethod<S[M & keyof S], Deferred<ResultOf<S[M & keyof S]>>>;
};

/**
 * Makes a stub of a service; calling a method of it dispatches a task.
 *
 * @throws InfiniticError `INVALID_OPTION`; `PAYLOAD_TOO_LARGE` for meta over 64 KB
 * @example
 * private readonly payments = newService(Payments, { timeout: "1h" });
 */
export function newService<S>(service: ServiceDefinition<S>, options: TaskOptions = {}): ServiceStub<S> {
  const checked = stubOptions(options);
  const of = { kind: "service", facts: { service: service.name } };
  return stub(of, (method, args) => {
    const what = `task ${service.name}.${method}`;
    const running = currentMethod(what);
    const json = argsToJson(args, what);
    const command = {
      kind: "task",
      id: running.nextCommandId(),
      service: service.name,
      method,
      args: json,
      ...checked,
    } as const;
    const { schemas } = service;
    return new Deferred(
      running.execution.call(running, command, schemas.args(method), schemas.result(method)),
    );
  });
}
