import { InfiniticError } from "../core/values/errors.ts";
import type { Json } from "../core/values/json.ts";
import type { ContractGuard } from "./contract-guard.ts";
import { toJson } from "./json-copy.ts";
import type { RunningCode } from "./method-run.ts";
import { Query } from "./query.ts";
import { runInScope } from "./scope.ts";
import type { WorkflowInterceptors } from "./workflow-interceptor.ts";

/**
 * Answers a query from an instance's fields as they are.
 *
 * @throws InfiniticError `UNKNOWN_QUERY`, `SCHEMA_MISMATCH`; whatever the query throws
 */
export async function askQuery(
  {
    execution,
    code,
    contracts,
    interceptors,
  }: {
    readonly execution: RunningCode;
    readonly code: object;
    readonly contracts: ContractGuard;
    readonly interceptors: WorkflowInterceptors;
  },
  name: string,
  args: readonly Json[],
): Promise<Json | undefined> {
  const query = (code as { [name: string]: unknown })[name];
  if (!(query instanceof Query)) {
    throw new InfiniticError("UNKNOWN_QUERY", `expected a query of ${execution.key.workflow}, got ${name}`);
  }
  const taken = contracts.queryArgs(name, args);
  const answer = await runInScope({ execution, mode: "query" }, () =>
    interceptors.query(name, taken, () => query.answer(taken)),
  );
  const json = toJson(answer, `the answer of query ${name}`);
  contracts.answer(name, json);
  return json;
}
