import { startFauxqs } from "fauxqs";

/** An S3 inside this process. */
export interface LocalS3 {
  /** `http://…`. Any region, any credentials. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * Starts fauxqs, an imitation of S3 in JavaScript, in memory and on a free port, with one empty bucket.
 *
 * @example
 * const { endpoint, stop } = await startLocalS3({ bucket: "payloads" });
 */
export async function startLocalS3({ bucket }: { readonly bucket: string }): Promise<LocalS3> {
  const server = await startFauxqs({ port: 0, host: "127.0.0.1", logger: false });
  server.createBucket(bucket);
  return { endpoint: `http://127.0.0.1:${server.port}`, stop: () => server.stop() };
}
