import { dynamoDbStores } from "../adapters/dynamodb/stores.ts";
import type { Cipher } from "../adapters/encryption/cipher.ts";
import { S3PayloadStore } from "../adapters/s3/payload-store.ts";
import { systemClock } from "../adapters/system-clock.ts";
import { encryptedStores } from "./encrypted-stores.ts";
import { setting } from "./environment.ts";

type Stores = ReturnType<typeof dynamoDbStores>;

/** The stores, and whether instances are listed: without that there is no list to read. */
export interface OpenStores extends Omit<Stores, "instanceList"> {
  readonly isListed: boolean;
  readonly instanceList: Stores["instanceList"] | undefined;
  /** Of stores that encrypt. */
  readonly salt?: () => string;
}

/**
 * Opens the stores of a deployed function: the table named by `INFINITIC_TABLE`, and for payloads the bucket named by
 * `INFINITIC_BUCKET`, where there is one. Instances are listed unless `INFINITIC_LIST` is `off`.
 *
 * @param cipher encrypts users' values, where it is given
 * @throws InfiniticError `MISCONFIGURED`
 */
export function openStores(cipher?: Cipher): OpenStores {
  const stores = dynamoDbStores({ tableName: setting("INFINITIC_TABLE"), clock: systemClock });
  const bucket = process.env["INFINITIC_BUCKET"];
  const isListed = process.env["INFINITIC_LIST"] !== "off";
  const clear = { ...stores, ...(bucket && { payloadStore: new S3PayloadStore({ bucket }) }) };
  return {
    ...(cipher ? encryptedStores(clear, cipher) : clear),
    isListed,
    instanceList: isListed ? stores.instanceList : undefined,
  };
}
