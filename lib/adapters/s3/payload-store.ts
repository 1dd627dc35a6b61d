import type * as S3 from "@aws-sdk/client-s3";
import type { RunKey } from "../../core/values/ids.ts";
import type { PayloadReference } from "../../core/values/payload.ts";
import type { PayloadStore } from "../../ports/payload-store.ts";
import { fromPayload, missingError, placeOf, toPayload } from "../payload-content.ts";
import { objectKey, runPrefix } from "./object-key.ts";
import { storeError } from "./store-error.ts";

/** Where S3 is and who calls; found by the AWS SDK's own rules where absent. */
export type S3Target = Pick<S3.S3ClientConfig, "region" | "credentials"> & {
  /** `http://…`; for emulators and private endpoints. */
  readonly endpoint?: string;
};

type Sdk = typeof S3;

/** In milliseconds. The SDK's own request timeout is never. */
const REQUEST_HANDLER = { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true };

/** Keeps payloads in an S3 bucket, each in one object. */
export class S3PayloadStore implements PayloadStore {
  readonly #bucket: string;
  readonly #target: S3Target;
  #opened: Promise<{ readonly sdk: Sdk; readonly client: S3.S3Client }> | undefined;

  /**
   * @param options `bucket`: must exist
   * @example
   * const store = new S3PayloadStore({ bucket: "my-payloads" });
   */
  constructor({ bucket, ...target }: S3Target & { readonly bucket: string }) {
    this.#bucket = bucket;
    this.#target = target;
  }

  get #name(): string {
    return `bucket ${this.#bucket}`;
  }

  async put(run: RunKey, text: string): Promise<PayloadReference> {
    const { reference, place, body } = toPayload(run, text);
    await this.#call(({ PutObjectCommand }, client) =>
      client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: objectKey(place), Body: body })),
    );
    return reference;
  }

  async get(key: string): Promise<string> {
    const place = placeOf(key, this.#name);
    const body = await this.#call(async ({ GetObjectCommand, NoSuchKey }, client) => {
      try {
        const { Body } = await client.send(
          new GetObjectCommand({ Bucket: this.#bucket, Key: objectKey(place) }),
        );
        return await Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof NoSuchKey) throw missingError(key, this.#name);
        throw error;
      }
    });
    return fromPayload(place, body ?? new Uint8Array());
  }

  async deleteRun(run: RunKey): Promise<void> {
    const Bucket = this.#bucket;
    await this.#call(async ({ ListObjectsV2Command, DeleteObjectsCommand }, client) => {
      let page: S3.ListObjectsV2CommandOutput;
      do {
        page = await client.send(new ListObjectsV2Command({ Bucket, Prefix: runPrefix(run) }));
        const Objects = (page.Contents ?? []).map(({ Key }) => ({ Key }));
        if (Objects.length === 0) return;
        const { Errors = [] } = await client.send(
          new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
        );
        if (Errors[0]) throw storeError({ name: Errors[0].Code, message: Errors[0].Message });
      } while (page.IsTruncated);
    });
  }

  /** Functions that meet no large value never load the SDK's client. */
  async #call<T>(work: (sdk: Sdk, client: S3.S3Client) => Promise<T>): Promise<T> {
    try {
      this.#opened ??= import("@aws-sdk/client-s3").then((sdk) => ({ sdk, client: open(sdk, this.#target) }));
      const { sdk, client } = await this.#opened;
      return await work(sdk, client);
    } catch (error) {
      throw storeError(error);
    }
  }
}

function open({ S3Client }: Sdk, target: S3Target): S3.S3Client {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
  // An endpoint of one's own has no name for each bucket.
  const forcePathStyle = (target.endpoint ?? AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL) !== undefined;
  return new S3Client({ ...target, forcePathStyle, requestHandler: REQUEST_HANDLER });
}
