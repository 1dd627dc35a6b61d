import { policy, type Resources } from "./cloudformation.ts";
import type { Plan } from "./plan.ts";

/** The logical id of the bucket for values that are too large to travel. */
export const BUCKET = "InfiniticPayloads";

/** Where they are in it, as the payload store has it. */
export const PAYLOADS = "payloads/*";

const OBJECTS = { "Fn::Sub": `\${${BUCKET}.Arn}/*` };

/** The bucket's name, or what CloudFormation makes it of. */
export function bucketName({ bucket }: Pick<Plan, "bucket">): unknown {
  return bucket.existing ?? { Ref: BUCKET };
}

/** The ARN of the bucket, or of objects in it. */
export function bucketArn({ bucket: { existing } }: Pick<Plan, "bucket">, objects?: string): object {
  if (existing === undefined && objects === undefined) return { "Fn::GetAtt": [BUCKET, "Arn"] };
  const path = objects === undefined ? "" : `/${objects}`;
  if (existing === undefined) return { "Fn::Sub": `\${${BUCKET}.Arn}${path}` };
  return { "Fn::Sub": [`arn:\${AWS::Partition}:s3:::\${Bucket}${path}`, { Bucket: existing }] };
}

/** The payload bucket, unless there is one already: encrypted, closed to the public, reached through TLS only. */
export function bucketResources({ bucket }: Pick<Plan, "bucket">): Resources {
  if (bucket.existing !== undefined) return {};
  return {
    [BUCKET]: {
      Type: "AWS::S3::Bucket",
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: {
        ...(bucket.name !== undefined && { BucketName: bucket.name }),
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
    },
    [`${BUCKET}Policy`]: {
      Type: "AWS::S3::BucketPolicy",
      Properties: {
        Bucket: { Ref: BUCKET },
        PolicyDocument: policy([
          {
            Sid: "TlsOnly",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: [{ "Fn::GetAtt": [BUCKET, "Arn"] }, OBJECTS],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ]),
      },
    },
  };
}
