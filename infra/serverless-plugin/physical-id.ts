import { CloudFormationClient, DescribeStackResourceCommand } from "@aws-sdk/client-cloudformation";
import type { SecretClient } from "../../lib/lambda/secret.ts";

/**
 * Tells the name of what a stack has.
 *
 * @param as whoever deploys or removes the stack
 * @returns undefined where there is no such stack, or no such resource in it
 */
export async function physicalIdOf(
  LogicalResourceId: string,
  StackName: string,
  as: SecretClient,
): Promise<string | undefined> {
  const client = new CloudFormationClient(as);
  try {
    const command = new DescribeStackResourceCommand({ StackName, LogicalResourceId });
    const { StackResourceDetail } = await client.send(command);
    return StackResourceDetail?.PhysicalResourceId;
  } catch (error) {
    if ((error as Error).name === "ValidationError") return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}
