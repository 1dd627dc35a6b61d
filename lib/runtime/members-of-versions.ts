import { RecordedCommands } from "../core/model/recorded-commands.ts";
import { CURRENT_RULES } from "../core/model/rules.ts";
import type { Members } from "../core/protocol/invocation.ts";
import { Execution } from "./execution.ts";
import { membersOf } from "./members.ts";
import type { Versions } from "./replay.ts";
import type { WorkflowClass } from "./workflow-class.ts";

/**
 * Gives the names of what the classes of a workflow have: of any version, as any may have instances.
 *
 * Fields are there once a class is instantiated, so each is, as if for an instance that does nothing.
 */
export function membersOfVersions(workflow: string, versions: Versions): Members {
  const all = [...versions].map(([version, workflowClass]) =>
    membersOfClass(workflow, version, workflowClass),
  );
  const union = (kind: keyof Members): readonly string[] => [...new Set(all.flatMap((one) => one[kind]))];
  return { methods: union("methods"), channels: union("channels"), queries: union("queries") };
}

function membersOfClass(workflow: string, version: number, workflowClass: WorkflowClass): Members {
  const key = { workflow, workflowId: "members", run: "members" };
  const facts = { key, version, rules: CURRENT_RULES, startedAt: 0, tags: [], meta: {} };
  return membersOf(new Execution(workflowClass, facts, new RecordedCommands([])).code);
}
