import type { Schemas } from "../core/contract/schemas.ts";
import { MAIN_METHOD } from "../core/model/decide.ts";
import type { HistoryView, InstanceView } from "../core/model/view.ts";
import { toTimeoutMs } from "../core/values/duration.ts";
import { checkKeys } from "../core/values/option-keys.ts";
import { type WorkflowNames, WorkflowTimedOutError } from "../core/values/remote-errors.ts";
import { admit } from "./admit.ts";
import { type Api, textOf } from "./api.ts";
import { withMembers } from "./members.ts";
import { dispatchMethod, type MethodCall, runMethod } from "./method-call.ts";
import { controlInstance, MethodHandle, type WaitOptions } from "./method-handle.ts";
import { newKey } from "./new-key.ts";
import { instancePath } from "./outcome.ts";
import type { InstanceControl, WorkflowById } from "./workflow-client.ts";

type Args = readonly unknown[];

/** Makes what stands for an instance. It sends nothing by itself. */
export function workflowById<W>(
  api: Api,
  names: WorkflowNames,
  schemas: Schemas,
  options: WaitOptions,
): WorkflowById<W> {
  checkKeys(options, ["timeout"]);
  const { timeout } = options;
  if (timeout !== undefined) toTimeoutMs(timeout);
  const { workflow, workflowId } = names;
  const printed = { kind: "workflow", facts: { workflow, workflowId } };
  const path = instancePath(names);
  const call = (method: string, args: Args): MethodCall => ({
    path: `${path}/methods/${encodeURIComponent(method)}`,
    body: { args },
    names: { ...names, method },
    sent: schemas.args(method),
    received: schemas.result(method),
  });
  const get = async (part: string) => (await api.call({ method: "GET", path: `${path}${part}`, names })).body;
  const send = async (channel: string, signal: unknown): Promise<void> => {
    await admit(schemas.signal(channel), signal);
    const request = { path: `${path}/channels/${encodeURIComponent(channel)}`, body: { signal }, names };
    await api.call({ method: "POST", ...request, idempotencyKey: newKey(api.clock) });
  };
  const control: InstanceControl<W> = {
    ...names,
    dispatch: withMembers(
      printed,
      {},
      (method) =>
        (...args: Args) =>
          dispatchMethod(api, call(method, args)),
    ),
    query: withMembers(printed, {}, (query) => async (...args: Args) => {
      await admit(schemas.args(query), args);
      const search = args.length > 0 ? `?args=${encodeURIComponent(textOf(args) ?? "")}` : "";
      const part = `/queries/${encodeURIComponent(query)}${search}`;
      const { result } = (await askBegun(api, { path: `${path}${part}`, names })) as { result?: unknown };
      const received = schemas.result(query);
      return received ? received.parse(result) : result;
    }),
    async result({ methodId = MAIN_METHOD, ...options } = {}) {
      return new MethodHandle<never>(api, { ...names, methodId }).result({
        ...(timeout !== undefined && { timeout }),
        ...options,
      });
    },
    cancel: (options) => controlInstance(api, names, "cancel", options),
    retry: (options) => controlInstance(api, names, "retry", options),
    retryTasks: (options) => controlInstance(api, names, "retry-tasks", options),
    completeTimers: (options) => controlInstance(api, names, "complete-timers", options),
    describe: async () => (await get("")) as InstanceView,
    history: async (options = {}) => (await get(`/history?${pageOf(options)}`)) as HistoryView,
  };
  return withMembers(printed, control, (name) =>
    // Names alone do not tell methods from channels, so each is both.
    Object.assign((...args: Args) => runMethod(api, call(name, args), timeout), {
      send: (signal: unknown) => send(name, signal),
    }),
  );
}

function pageOf(options: { readonly cursor?: string; readonly limit?: number }): URLSearchParams {
  checkKeys(options, ["cursor", "limit"]);
  const known = Object.entries(options).filter(([, value]) => value !== undefined);
  return new URLSearchParams(known.map(([name, value]): [string, string] => [name, String(value)]));
}

/** An instance whose start is on its way answers no query yet: it is asked again, for so long. */
const BEGINS_WITHIN_MS = 10_000;
const PAUSE_MS = 200;

/** @throws WorkflowTimedOutError when it has not begun by then */
async function askBegun(
  api: Api,
  request: { readonly path: string; readonly names: WorkflowNames },
): Promise<unknown> {
  const deadline = api.clock.now() + BEGINS_WITHIN_MS;
  for (;;) {
    const { status, body } = await api.call({ method: "GET", ...request });
    if (status !== 202) return body;
    if (api.clock.now() >= deadline) throw new WorkflowTimedOutError(request.names);
    await api.clock.sleep(PAUSE_MS);
  }
}
