import { DeleteObjectsCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import type { SecretClient } from "../../lib/lambda/secret.ts";
import { BUCKET } from "./bucket.ts";
import { physicalIdOf } from "./physical-id.ts";

/**
 * Deletes all payloads of a stack: CloudFormation removes no bucket that has objects.
 *
 * @param as whoever removes the stack
 * @returns how many there were; 0 where there is no such stack
 */
export async function emptyBucket(StackName: string, as: SecretClient): Promise<number> {
  const bucket = await physicalIdOf(BUCKET, StackName, as);
  if (bucket === undefined) return 0;
  const forcePathStyle =
    (process.env["AWS_ENDPOINT_URL_S3"] ?? process.env["AWS_ENDPOINT_URL"]) !== undefined;
  const client = new S3Client({ ...as, forcePathStyle });
  let count = 0;
  for (;;) {
    const { Contents = [], IsTruncated } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    if (Contents.length > 0) {
      const Objects = Contents.map(({ Key }) => ({ Key }));
      await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }));
    }
    count += Contents.length;
    if (!IsTruncated) break;
  }
  client.destroy();
  return count;
}
