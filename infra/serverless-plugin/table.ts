import { TABLE, TTL_ATTRIBUTE } from "../../lib/adapters/dynamodb/table.ts";

/** The stack's table. It outlives the stack: it holds what users did. */
export function tableResource(tableName: string): object {
  return {
    Type: "AWS::DynamoDB::Table",
    DeletionPolicy: "Retain",
    UpdateReplacePolicy: "Retain",
    Properties: {
      ...TABLE,
      TableName: tableName,
      TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true },
    },
  };
}
