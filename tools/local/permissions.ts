import { arnOf } from './resource-kinds.ts';

/** A statement of a managed policy, which allows. */
export interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A request to AWS, as policies see it. */
export interface Permit {
  /** `dynamodb:GetItem` */
  readonly action: string;
  /** ARN; absent if the emulator does not check the resource. */
  readonly resource?: string;
  /** Values of condition keys. Conditions on other keys hold, such as those on tags. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

/**
 * Users that have managed policies of the app, and no other permission. Everybody else may do everything. Unlike AWS, it
 * takes no deny, and checks resources of tables and APIs only.
 */
export class Permissions {
  readonly #policyOf: (arn: string) => readonly Statement[];
  readonly #users = new Map<string, readonly Statement[]>();

  /** @param policyOf statements of a managed policy, by its ARN */
  constructor(policyOf: (arn: string) => readonly Statement[]) {
    this.#policyOf = policyOf;
  }

  /** Adds a user. @returns the access key, which is also the user's name */
  add(policyArns: readonly string[]): string {
    const user = `user${this.#users.size + 1}`;
    this.#users.set(
      user,
      policyArns.flatMap((arn) => this.#policyOf(arn)),
    );
    return user;
  }

  allows(accessKey: string, permit: Permit): boolean {
    const statements = this.#users.get(accessKey);
    return statements === undefined || statements.some((statement) => matches(statement, permit));
  }

  /** The permit that a call of a service needs. */
  permitOf(service: string, operation: string, body: string): Permit {
    const action = `${service === 'monitoring' ? 'cloudwatch' : service}:${operation}`;
    return service === 'dynamodb' ? { action, ...tableRequest(JSON.parse(body)) } : { action, context: {} };
  }
}

interface TableRequest {
  readonly TableName: string;
  readonly IndexName?: string;
  readonly Key?: { readonly id?: { readonly S?: string } };
  readonly ProjectionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
}

function tableRequest({
  TableName,
  IndexName,
  Key,
  ProjectionExpression,
  ExpressionAttributeNames: names = {},
}: TableRequest): Omit<Permit, 'action'> {
  const table = arnOf('AWS::DynamoDB::Table', TableName);
  const attributes = ProjectionExpression?.split(/, */).map((path) => names[path] ?? path.replace(/[.[].*$/, ''));
  return {
    resource: IndexName === undefined ? table : `${table}/index/${IndexName}`,
    context: {
      'dynamodb:LeadingKeys': Key?.id?.S === undefined ? [] : [Key.id.S],
      'dynamodb:Attributes': attributes ?? [],
      'dynamodb:Select': [attributes ? 'SPECIFIC_ATTRIBUTES' : 'ALL_ATTRIBUTES'],
    },
  };
}

function matches({ Action, Resource, Condition = {} }: Statement, { action, resource, context }: Permit): boolean {
  return (
    [Action].flat().includes(action) &&
    (resource === undefined || [Resource].flat().some((pattern) => isLike(pattern, resource))) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => {
        const values = context[key];
        return values === undefined || holds(operator, values, [wanted].flat());
      }),
    )
  );
}

function holds(operator: string, values: readonly string[], wanted: readonly string[]): boolean {
  switch (operator) {
    case 'Null':
      return (values.length === 0) === (wanted[0] === 'true');
    case 'StringEquals':
      return values.length > 0 && values.every((value) => wanted.includes(value));
    case 'ForAllValues:StringEquals':
      return values.every((value) => wanted.includes(value));
    case 'ForAllValues:StringLike':
      return values.every((value) => wanted.some((pattern) => isLike(pattern, value)));
    default:
      throw new Error(`the embedded cloud does not know the condition ${operator}`);
  }
}

/** Whether a text matches a pattern in which `*` stands for any text. */
function isLike(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest.slice(0, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  const last = rest.at(-1) ?? '';
  return text.length - at >= last.length && text.endsWith(last);
}
