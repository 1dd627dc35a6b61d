import type { KinesisStreamBatchResponse, KinesisStreamEvent } from "aws-lambda";

/** Takes messages of a topic as AWS's streams bring them; those without content fail. */
export async function handler({ Records }: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> {
  const failed = Records.filter(({ kinesis }) => kinesis.data === "");
  return { batchItemFailures: failed.map(({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber })) };
}
