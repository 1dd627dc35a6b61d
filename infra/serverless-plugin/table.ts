import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const TEMPLATE = join(import.meta.dirname, "../table.yml");

/** What `infra/table.yml` describes, by logical id, with its name. */
export function tableResources(tableName: string): { readonly [logicalId: string]: object } {
  const template = parse(readFileSync(TEMPLATE, "utf8")) as {
    Resources: { InfiniticTable: { Properties: object } };
  };
  const { InfiniticTable } = template.Resources;
  const Properties = { TableName: tableName, ...InfiniticTable.Properties };
  return { InfiniticTable: { ...InfiniticTable, Properties } };
}
