import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { LIST_INDEX } from "./list-row.ts";

/** The item attribute that DynamoDB's TTL watches: epoch seconds. */
export const TTL_ATTRIBUTE = "x";

/** The one table, as `infra/table.yml` deploys it. */
export const TABLE = {
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "S" },
    { AttributeName: LIST_INDEX.partition, AttributeType: "S" },
    { AttributeName: LIST_INDEX.sort, AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: LIST_INDEX.name,
      KeySchema: [
        { AttributeName: LIST_INDEX.partition, KeyType: "HASH" },
        { AttributeName: LIST_INDEX.sort, KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: [TTL_ATTRIBUTE] },
    },
  ],
} satisfies Omit<CreateTableCommandInput, "TableName">;

/** How long a table may take to come up, in seconds. */
const MAX_WAIT_S = 60;

/**
 * Creates the table in an emulator, unless it is there, and waits until it is. Switches no TTL on: emulators either do not know it
 * or delete hours late, and expiry is checked on read anyway. In AWS `infra/table.yml` makes the table.
 *
 * @example
 * await createTable(openClient({ endpoint, region: "local" }), "infinitic");
 */
export async function createTable(client: DynamoDBClient, tableName: string): Promise<void> {
  try {
    await client.send(new CreateTableCommand({ ...TABLE, TableName: tableName }));
  } catch (error) {
    // Also when the client had to ask twice, because the first answer was too late.
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: MAX_WAIT_S, minDelay: 1 }, { TableName: tableName });
}
