import { policy, type Resources } from "./cloudformation.ts";

/** The logical id of the bucket for values that are too large to travel. */
export const BUCKET = "InfiniticPayloads";

/** Where they are in it, as the payload store has it. */
export const PAYLOADS = "payloads/*";

const OBJECTS = { "Fn::Sub": `\${${BUCKET}.Arn}/*` };

/** The payload bucket: encrypted, closed to the public, reached through TLS only. */
export function bucketResources(): Resources {
  return {
    [BUCKET]: {
      Type: "AWS::S3::Bucket",
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: {
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
