import { WorkflowUnknownError } from "../../core/remote-errors.ts";
import { viewOf } from "../../core/view.ts";
import { readInstance } from "../../engine/reader.ts";
import type { Answer } from "../answer.ts";
import type { Call } from "../call.ts";
import { noParameters } from "../schemas.ts";

/** Describes an instance: its status, its methods, and what it waits for. */
export async function describe(call: Call): Promise<Answer> {
  const { key } = call;
  call.parameters(noParameters);
  const instance = await readInstance(call.parts.stateStore, key);
  if (!instance) throw new WorkflowUnknownError(key);
  return { status: 200, body: viewOf(instance) };
}
