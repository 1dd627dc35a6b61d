import { alarmResources } from "./alarms.ts";
import { bucketResources } from "./bucket.ts";
import type { Resources } from "./cloudformation.ts";
import type { Plan } from "./plan.ts";
import { tableResources } from "./table.ts";

/** What the stack has besides functions, their roles and the API. */
export function stackResources(plan: Plan): Resources {
  const table = plan.isTableGiven ? {} : (tableResources(plan.tableName) as Resources);
  const data = { ...table, ...bucketResources(plan) };
  return { ...(plan.retainData ? data : released(data)), ...alarmResources(plan) };
}

/** The same without what would outlive the stack. */
function released(resources: Resources): Resources {
  return Object.fromEntries(
    Object.entries(resources).map(([id, { DeletionPolicy: _, UpdateReplacePolicy: __, ...resource }]) => [
      id,
      resource,
    ]),
  );
}
