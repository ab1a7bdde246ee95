// Who may do what: one role a function, nothing but what it calls.
import * as iam from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";

/** What both functions do with the journal. Compared with the calls of crates/aws by test. */
export const JOURNAL_ACTIONS = [
  "dynamodb:ConditionCheckItem",
  "dynamodb:GetItem",
  "dynamodb:PutItem",
  "dynamodb:Query",
];
/** What the trader does with its keys. */
export const SECRET_ACTIONS = ["secretsmanager:GetSecretValue"];
/** What the trader does to be heard. */
export const TOPIC_ACTIONS = ["sns:Publish"];

/** A role of a function, with these rights. */
export function functionRole(
  scope: Construct,
  id: string,
  rights: readonly { actions: string[]; arn: string }[],
): iam.Role {
  const role = new iam.Role(scope, id, {
    assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
  });
  for (const { actions, arn } of rights) {
    role.addToPolicy(new iam.PolicyStatement({ actions, resources: [arn] }));
  }
  return role;
}
