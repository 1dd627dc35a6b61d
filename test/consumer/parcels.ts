import type { KinesisStreamBatchResponse, KinesisStreamEvent } from "aws-lambda";

/** Takes messages of a topic as AWS's streams bring them; one that is no JSON fails, and is tried again. */
export async function handler({ Records }: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> {
  const failed = Records.filter(({ kinesis }) => !isTaken(kinesis.data));
  return { batchItemFailures: failed.map(({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber })) };
}

function isTaken(data: string): boolean {
  try {
    const { id, to } = JSON.parse(Buffer.from(data, "base64").toString());
    console.log(`parcel ${id} goes to ${to}`);
    return true;
  } catch {
    return false;
  }
}
