import { dynamoDbStores } from "../adapters/dynamodb/stores.ts";
import { S3PayloadStore } from "../adapters/s3/payload-store.ts";
import { systemClock } from "../adapters/system-clock.ts";
import { setting } from "./environment.ts";

/**
 * Opens the stores of a deployed function: the table named by `INFINITIC_TABLE`, and for payloads the bucket named by
 * `INFINITIC_BUCKET`, where there is one.
 *
 * @throws InfiniticError `MISCONFIGURED`
 */
export function openStores(): ReturnType<typeof dynamoDbStores> {
  const stores = dynamoDbStores({ tableName: setting("INFINITIC_TABLE"), clock: systemClock });
  const bucket = process.env["INFINITIC_BUCKET"];
  return bucket ? { ...stores, payloadStore: new S3PayloadStore({ bucket }) } : stores;
}
