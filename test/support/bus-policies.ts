import type { Template } from 'aws-cdk-lib/assertions';
import { named, resourcesOf } from '../lib/templates.ts';

interface Statement {
  readonly Effect?: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

interface Request {
  /** Logical name of the bus. */
  readonly bus: string;
  /** Logical name of the caller's role. */
  readonly role: string;
  readonly source: string;
  readonly detailType: string;
  /** Statements of the role's own policies. */
  readonly grants: readonly Statement[];
}

/**
 * Evaluates `events:PutEvents` of one entry as IAM does: some statement allows it, and none denies it. Knows the
 * operators and keys that the templates use.
 */
export function mayPut(template: Template, request: Request): boolean {
  const ofBus = Object.values(resourcesOf(template, 'AWS::Events::EventBusPolicy'))
    .filter(({ Properties }) => named(Properties.EventBusName) === request.bus)
    .map(({ Properties }) => Properties.Statement as Statement);
  const all = [...ofBus, ...request.grants].filter((statement) => applies(statement, request));
  return all.some(({ Effect }) => Effect !== 'Deny') && !all.some(({ Effect }) => Effect === 'Deny');
}

function applies({ Action, Resource, Condition = {} }: Statement, request: Request): boolean {
  const isHere = [Resource].flat().some((each) => each === '*' || named(each) === request.bus);
  if (![Action].flat().includes('events:PutEvents') || !isHere) return false;
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => holds(operator, factOf(key, request), [values].flat().map(named))),
  );
}

function factOf(key: string, { role, source, detailType }: Request): string {
  const values: Readonly<Record<string, string>> = {
    'aws:PrincipalArn': role,
    'events:source': source,
    'events:detail-type': detailType,
  };
  const value = values[key];
  if (value === undefined) throw new Error(`the evaluator doesn't know the key ${key}`);
  return value;
}

function holds(operator: string, value: string, expected: readonly string[]): boolean {
  switch (operator) {
    case 'StringEquals':
    case 'StringEqualsIfExists':
    case 'ArnEquals':
      return expected.includes(value);
    case 'StringNotEquals':
    case 'ArnNotEquals':
      return !expected.includes(value);
    default:
      throw new Error(`the evaluator doesn't know the operator ${operator}`);
  }
}
