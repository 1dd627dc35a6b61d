import { DecryptCommand, GenerateDataKeyCommand, KMSClient, type KMSClientConfig } from "@aws-sdk/client-kms";
import type { DataKey } from "../../ports/data-keys.ts";

/** Where KMS is and who calls; found by the AWS SDK's own rules where absent. */
export type KmsTarget = Pick<KMSClientConfig, "region" | "credentials" | "endpoint">;

/** In milliseconds. The SDK's own request timeout is never. */
const REQUEST_HANDLER = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true };

/** Told to KMS with each call: CloudTrail shows it, and a key's policy may ask for it. */
const EncryptionContext = { application: "infinitic-serverless" };

/** KMS answers with all of it, or with an error. */
type Answer<Name extends string> = { readonly [name in Name]: Uint8Array };

/** The two calls of KMS that are used. Throws what the AWS SDK throws. */
export class KmsApi {
  readonly #client: KMSClient;

  constructor(target: KmsTarget) {
    this.#client = new KMSClient({ ...target, requestHandler: REQUEST_HANDLER });
  }

  async generateDataKey(KeyId: string): Promise<DataKey> {
    const command = new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256", EncryptionContext });
    const answer = (await this.#client.send(command)) as Answer<"Plaintext" | "CiphertextBlob">;
    return { plain: answer.Plaintext, wrapped: answer.CiphertextBlob };
  }

  /** Takes no key's id, for that is in the ciphertext: it may have been another key's before. */
  async decrypt(CiphertextBlob: Uint8Array): Promise<Uint8Array> {
    const command = new DecryptCommand({ CiphertextBlob, EncryptionContext });
    const answer = (await this.#client.send(command)) as Answer<"Plaintext">;
    return answer.Plaintext;
  }
}
