import { dynamoDbStores } from "../adapters/dynamodb/stores.ts";
import { S3PayloadStore } from "../adapters/s3/payload-store.ts";
import { systemClock } from "../adapters/system-clock.ts";
import { setting } from "./environment.ts";

type Stores = ReturnType<typeof dynamoDbStores>;

/** The stores, and whether instances are listed: without that there is no list to read. */
export interface OpenStores extends Omit<Stores, "instanceList"> {
  readonly isListed: boolean;
  readonly instanceList: Stores["instanceList"] | undefined;
}

/**
 * Opens the stores of a deployed function: the table named by `INFINITIC_TABLE`, and for payloads the bucket named by
 * `INFINITIC_BUCKET`, where there is one. Instances are listed unless `INFINITIC_LIST` is `off`.
 *
 * @throws InfiniticError `MISCONFIGURED`
 */
export function openStores(): OpenStores {
  const stores = dynamoDbStores({ tableName: setting("INFINITIC_TABLE"), clock: systemClock });
  const bucket = process.env["INFINITIC_BUCKET"];
  const isListed = process.env["INFINITIC_LIST"] !== "off";
  return {
    ...stores,
    ...(bucket && { payloadStore: new S3PayloadStore({ bucket }) }),
    isListed,
    instanceList: isListed ? stores.instanceList : undefined,
  };
}
