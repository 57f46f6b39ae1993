import type { Template } from 'aws-cdk-lib/assertions';
import { named, resourcesOf } from './templates.ts';

export interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Every statement of every role, with its role. */
export function statementsOf(template: Template): readonly (Statement & { readonly role: string })[] {
  return Object.values(resourcesOf(template, 'AWS::IAM::Policy')).flatMap(({ Properties }) =>
    (Properties.PolicyDocument.Statement as Statement[]).map((statement) => ({
      role: named(Properties.Roles[0]).replace(/Role$/, ''),
      ...statement,
    })),
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
