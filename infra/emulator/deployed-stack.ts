import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
} from "@aws-sdk/client-cloudformation";
import type { Emulator } from "./emulator.ts";

/** A stack as CloudFormation tells of it. */
export interface DeployedStack {
  readonly status: string;
  readonly outputs: { readonly [key: string]: string };
  /** By logical id. */
  readonly resources: {
    readonly [logicalId: string]: { readonly type: string; readonly physicalId: string };
  };
  /** Without the place of what was uploaded, which has the time of the deployment in it. */
  readonly template: string;
}

/** Reads a stack. */
export async function readStack(
  { endpoint, region }: Pick<Emulator, "endpoint" | "region">,
  StackName: string,
): Promise<DeployedStack> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new CloudFormationClient({ endpoint, region, credentials });
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName }));
    const { TemplateBody = "" } = await client.send(new GetTemplateCommand({ StackName }));
    return {
      status: stack?.StackStatus ?? "",
      outputs: Object.fromEntries(
        (stack?.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]),
      ),
      resources: Object.fromEntries(
        StackResources.map(({ LogicalResourceId = "", ResourceType = "", PhysicalResourceId = "" }) => [
          LogicalResourceId,
          { type: ResourceType, physicalId: PhysicalResourceId },
        ]),
      ),
      template: TemplateBody.replace(/"S3Key": *"[^"]*"/g, '"S3Key":""'),
    };
  } finally {
    client.destroy();
  }
}

/** Tells in what two states of a stack differ, as lines; none when they do not. */
export function differences(before: DeployedStack, after: DeployedStack): readonly string[] {
  const ids = new Set([...Object.keys(before.resources), ...Object.keys(after.resources)]);
  const idOf = ({ resources }: DeployedStack, id: string): string => resources[id]?.physicalId ?? "nothing";
  return [
    ...[...ids]
      .filter((id) => idOf(before, id) !== idOf(after, id))
      .map((id) => `${id}: was ${idOf(before, id)}, is ${idOf(after, id)}`),
    ...(before.template === after.template ? [] : ["the template"]),
    ...(JSON.stringify(before.outputs) === JSON.stringify(after.outputs) ? [] : ["the outputs"]),
  ];
}
