import {
  type AddToPrincipalPolicyResult,
  Policy,
  PolicyDocument,
  type PolicyStatement,
  Role,
  type RoleProps,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/**
 * Name of the policy. It differs from those that the CDK makes: if a stack had such a policy before, CloudFormation
 * deletes it last, and by its name.
 */
const POLICY = 'Permissions';

/**
 * A role that contains its permissions, so that they need no resource of their own. Use it for permissions that don't
 * grow. A role takes 10,240 characters, and the CDK moves none of these to managed policies.
 */
export class CompleteRole extends Role {
  readonly permissions: PolicyDocument;

  constructor(scope: Construct, id: string, props: Omit<RoleProps, 'inlinePolicies'>) {
    const permissions = new PolicyDocument();
    super(scope, id, { ...props, inlinePolicies: { [POLICY]: permissions } });
    this.permissions = permissions;
  }

  override addToPrincipalPolicy(statement: PolicyStatement): AddToPrincipalPolicyResult {
    this.permissions.addStatements(statement);
    return { statementAdded: true, policyDependable: this };
  }
}

/** The permissions of a role that are its own, rather than managed policies. */
export function permissionsOf(role: Role): readonly PolicyDocument[] {
  const apart = role.node.findAll().flatMap((child) => (child instanceof Policy ? [child.document] : []));
  return role instanceof CompleteRole ? [role.permissions, ...apart] : apart;
}
