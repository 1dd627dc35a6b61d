import type { ArgsOf, MethodsOf, WorkflowDefinition } from "../core/contract/definition.ts";
import { admit } from "./admit.ts";
import type { Api } from "./api.ts";
import { withMembers } from "./members.ts";
import { newKey } from "./new-key.ts";
import type { InstanceControl, SendChannels } from "./workflow-client.ts";

/** A workflow's methods, for every open instance that has a tag: there is nothing to wait for. */
export type TagMethods<W> = {
  readonly [M in keyof MethodsOf<W>]: (...args: ArgsOf<MethodsOf<W>[M]>) => Promise<void>;
};

/** What every tag offers; a method of the workflow with one of these names is reached through `dispatch`. */
export interface TagControl<W>
  extends Pick<InstanceControl<W>, "workflow" | "cancel" | "retry" | "retryTasks" | "completeTimers"> {
  readonly tag: string;
  readonly dispatch: TagMethods<W>;
  /** Gives the ids of the open instances that have the tag. */
  ids(): Promise<readonly string[]>;
}

/**
 * The open instances that have a tag: their methods, their channels, and {@link TagControl}. Each call resolves once
 * its message is on its way to whoever has the tag then.
 */
export type WorkflowByTag<W> = TagControl<W> & Omit<TagMethods<W> & SendChannels<W>, keyof TagControl<W>>;

type Args = readonly unknown[];

/** Makes what stands for the instances that have a tag. It sends nothing by itself. */
export function workflowByTag<W>(
  api: Api,
  { name: workflow, schemas }: WorkflowDefinition<W>,
  tag: string,
): WorkflowByTag<W> {
  // A tag is any text, and no part of a path: some gateways hand on a decoded one.
  const path = `/workflows/${encodeURIComponent(workflow)}/by-tag`;
  const post = async (part: string, body: object = {}): Promise<void> => {
    const idempotencyKey = newKey(api.clock);
    await api.call({ method: "POST", path: `${path}/${part}`, body: { ...body, tag }, idempotencyKey });
  };
  const run = async (method: string, args: Args): Promise<void> => {
    await admit(schemas.args(method), args);
    await post(`methods/${encodeURIComponent(method)}`, { args });
  };
  const send = async (channel: string, signal: unknown): Promise<void> => {
    await admit(schemas.signal(channel), signal);
    await post(`channels/${encodeURIComponent(channel)}`, { signal });
  };
  const printed = { kind: "workflows by tag", facts: { workflow, tag } };
  const control: TagControl<W> = {
    workflow,
    tag,
    dispatch: withMembers(
      printed,
      {},
      (method) =>
        (...args: Args) =>
          run(method, args),
    ),
    async ids() {
      const ids: string[] = [];
      for (const search = new URLSearchParams({ tag }); ; ) {
        const { body } = await api.call({ method: "GET", path: `${path}?${search}` });
        const page = body as { readonly workflowIds: readonly string[]; readonly cursor?: string };
        ids.push(...page.workflowIds);
        if (page.cursor === undefined) return ids;
        search.set("cursor", page.cursor);
      }
    },
    cancel: (options) => post("cancel", options),
    retry: (options) => post("retry", options),
    retryTasks: (options) => post("retry-tasks", options),
    completeTimers: (options) => post("complete-timers", options),
  };
  return withMembers(printed, control, (name) =>
    // Names alone do not tell methods from channels, so each is both.
    Object.assign((...args: Args) => run(name, args), { send: (signal: unknown) => send(name, signal) }),
  );
}
