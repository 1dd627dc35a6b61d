import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { startDynalite } from "../../infra/local/dynalite.ts";
import { openClient } from "../../lib/adapters/dynamodb/client.ts";
import { createTable, TABLE, TTL_ATTRIBUTE } from "../../lib/adapters/dynamodb/table.ts";

test("the table that is deployed is the table that emulators are given, with expiry", async () => {
  const template = parse(await readFile(new URL("../../infra/table.yml", import.meta.url), "utf8"));
  expect(template.Resources.InfiniticTable).toMatchObject({
    Type: "AWS::DynamoDB::Table",
    Properties: { ...TABLE, TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true } },
  });
});

test("a table that is there already, because an answer came too late, is created", async () => {
  const { endpoint, stop } = await startDynalite();
  const client = openClient({ endpoint, region: "local" });
  await createTable(client, "twice");
  await createTable(client, "twice");
  client.destroy();
  await stop();
});
