import * as z from "zod";
import { MAIN_METHOD } from "../../core/model/decide.ts";
import { hash128 } from "../../core/values/hash.ts";
import { customWorkflowId } from "../../core/values/ids.ts";
import type { JsonObject } from "../../core/values/json.ts";
import { readInstance } from "../../instance/read-instance.ts";
import type { InstanceKey } from "../../ports/state-store.ts";
import { accept } from "../accept.ts";
import { usualMethod } from "../api-setup.ts";
import type { Call } from "../call.ts";
import { component } from "../component.ts";
import { BEGUN_ANSWERS, outcomeAnswer, outcomeWithin } from "../outcome.ts";
import { route } from "../route.ts";
import { RunOutcome } from "../run-outcome.ts";
import { args, customId, id, jsonObject, memberName, tags, waitTimeout } from "../schemas.ts";
import { send } from "../send.ts";

const body = component(
  "Start",
  z
    .strictObject({
      id: id.optional().describe("The workflow id; starting one that exists starts nothing"),
      customId: customId
        .optional()
        .describe("At most one instance of it runs at a time: once that has ended, a start begins a new run"),
      method: memberName.optional().describe("The method to run. Default: the workflow's usual one"),
      args,
      tags: tags.optional(),
      meta: jsonObject.optional(),
      timeout: waitTimeout.optional(),
    })
    .refine(({ id, customId }) => id === undefined || customId === undefined, {
      error: "expected an id or a customId, got both",
      path: ["customId"],
    }),
);

/**
 * Starts an instance; an id that exists starts nothing, and the answer is about the instance that has it.
 *
 * Without an id the workflow id is a fixed function of the Idempotency-Key, so a repeated call finds the same.
 */
export const start = route({
  method: "POST",
  path: "/workflows/{workflow}",
  operationId: "startWorkflow",
  about: "Workflows",
  summary: "Starts an instance",
  waits: true,
  body: {
    schema: body,
    example: {
      id: "trip-2",
      method: "book",
      args: [{ flight: "AF1", hotel: "Ritz", nights: 2, cents: 50_000 }],
      tags: ["vip"],
      meta: { tenant: "acme" },
    },
  },
  answers: BEGUN_ANSWERS,
  problems: ["UNKNOWN_METHOD", "SCHEMA_MISMATCH"],
  handle: async (call, { path: { workflow }, body }) => {
    const { parts } = call;
    const { args, method = usualMethod(parts, workflow), customId, meta, timeout } = body;
    const key = { workflow, workflowId: body.id ?? idOf(call, workflow, customId) };
    const tags = body.tags && [...new Set(body.tags)];
    const message = {
      kind: "start",
      ...call.envelope(call.run),
      ...key,
      method,
      args,
      ...optional({ tags, meta, customId }),
    } as const;
    await accept(call, message, { ...body, timeout: undefined });
    const after = customId === undefined ? undefined : await endedRun(call, key);
    await send(parts, message);
    // The broker has the start: however late the instance appears, it is not unknown.
    const outcome = new RunOutcome(call, key, call.run, MAIN_METHOD);
    const found = await outcomeWithin(call, key, (instance) => outcome.look(instance), {
      timeout,
      unknownAfterMs: Infinity,
    });
    const status = outcome.isBegun ? "running" : "accepted";
    const names = { ...outcome.names, ...(after !== undefined && { after }) };
    const answer = await outcomeAnswer(call, names, found ?? { status });
    // Of an id there is one run; of a custom id another will have this address.
    const search = customId === undefined ? "" : `?run=${names.run}`;
    const location = `/workflows/${workflow}/${key.workflowId}${search}`;
    return { ...answer, headers: { ...answer.headers, location } };
  },
});

function idOf({ idempotencyKey, parts }: Call, workflow: string, customId: string | undefined): string {
  if (customId !== undefined) return customWorkflowId(workflow, customId);
  return idempotencyKey === undefined ? parts.newId() : hash128(`${workflow}:${idempotencyKey}`);
}

/** The run of this id that has ended before the start, unless it is that of the very start. */
async function endedRun({ parts, run: begun }: Call, key: InstanceKey): Promise<string | undefined> {
  const before = await readInstance(parts.stateStore, key);
  const { run } = before?.state.key ?? {};
  return before?.state.ended && run !== begun ? run : undefined;
}

function optional(facts: {
  readonly tags: readonly string[] | undefined;
  readonly meta: JsonObject | undefined;
  readonly customId: string | undefined;
}) {
  const { tags, meta, customId } = facts;
  return { ...(tags && { tags }), ...(meta && { meta }), ...(customId !== undefined && { customId }) };
}
