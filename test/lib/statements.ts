import type { Template } from 'aws-cdk-lib/assertions';
import { named, resourcesOf } from './templates.ts';

export interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Every statement of every role, with its role. A role has its permissions in a policy, or contains them. */
export function statementsOf(template: Template): readonly (Statement & { readonly role: string })[] {
  const apart = Object.values(resourcesOf(template, 'AWS::IAM::Policy')).map(
    ({ Properties: { Roles, PolicyDocument } }) => [Roles[0], PolicyDocument] as const,
  );
  const within = Object.entries(resourcesOf(template, 'AWS::IAM::Role')).flatMap(([Ref, { Properties }]) =>
    [Properties.Policies ?? []].flat().map(({ PolicyDocument }) => [{ Ref }, PolicyDocument] as const),
  );
  return [...apart, ...within].flatMap(([role, { Statement }]) =>
    (Statement as Statement[]).map((statement) => ({ role: named(role).replace(/Role$/, ''), ...statement })),
  );
}

export function list<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

/** Allowed actions by resource and by required service. */
export function allowed(some: readonly Statement[]): Readonly<Record<string, readonly string[]>> {
  const actions: Record<string, readonly string[]> = {};
  for (const { Action, Resource, Condition } of some) {
    const { Null: _, ...required } = Condition ?? {};
    const conditions = Object.values(required)
      .flatMap((keys) => Object.entries(keys))
      .map(([key, values]) => ` ${key} ${list(values).map(named).join(' or ')}`);
    for (const one of list(Resource)) {
      const where = named(one) + conditions.join('');
      actions[where] = [...(actions[where] ?? []), ...list(Action)].toSorted();
    }
  }
  return actions;
}

/** The key, where it may be used through a service only. */
export const key = (service: string) => `Key kms:ViaService ${service}.AWS::Region.AWS::URLSuffix`;
export const mayUseTables = {
  [key('dynamodb')]: [
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ],
};
export const maySend = { [key('sqs')]: ['kms:Decrypt', 'kms:GenerateDataKey'] };
