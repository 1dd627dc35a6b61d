import type { DataKey, DataKeys } from "../../ports/data-keys.ts";
import { keyError } from "./key-error.ts";
import type { KmsApi, KmsTarget } from "./kms-api.ts";

/**
 * Wraps data keys under a key of AWS KMS. Whatever that is rotated to, KMS unwraps what it has wrapped.
 *
 * @example
 * const dataKeys = new KmsDataKeys({ keyId: "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab" });
 */
export class KmsDataKeys implements DataKeys {
  readonly #keyId: string;
  readonly #target: KmsTarget;
  #api: Promise<KmsApi> | undefined;

  /** @param options `keyId`: the ARN of a symmetric key */
  constructor({ keyId, ...target }: KmsTarget & { readonly keyId: string }) {
    this.#keyId = keyId;
    this.#target = target;
  }

  generate(): Promise<DataKey> {
    return this.#call((api) => api.generateDataKey(this.#keyId));
  }

  unwrap(wrapped: Uint8Array): Promise<Uint8Array> {
    return this.#call((api) => api.decrypt(wrapped));
  }

  /** Functions that encrypt nothing never load the SDK's client. */
  async #call<T>(work: (api: KmsApi) => Promise<T>): Promise<T> {
    try {
      this.#api ??= import("./kms-api.ts").then(({ KmsApi }) => new KmsApi(this.#target));
      return await work(await this.#api);
    } catch (error) {
      throw keyError(this.#keyId, error);
    }
  }
}
