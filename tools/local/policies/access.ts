import type { Assembly } from '../assembly.ts';
import { AwsError, type ServiceName } from '../protocol.ts';
import { ACCOUNT } from '../resource-kinds.ts';
import { type ApiCall, type ApiRequest, request } from './api-request.ts';
import { requestsOf } from './api-requests.ts';
import { coversAction, coversResource, isAllowed } from './decide.ts';
import { PolicyAccount } from './policy-account.ts';
import type { Principal, Statement } from './statement.ts';
import { neededBy, recordUsage, type Usage } from './usage.ts';

/**
 * Judges calls by the policies of an assembly, as AWS does. An assembly without roles has no policies, so it allows
 * all; nor is a function without a role judged, which CloudFormation refuses.
 */
export class Access {
  readonly #assembly: Assembly;
  #account: PolicyAccount | undefined;
  #usage: Usage | undefined;
  readonly #roles = new Map<string, Principal>();
  readonly #users = new Map<string, Principal>();
  readonly #verdicts = new Map<string, boolean>();
  readonly #covering = new Map<string, Covering>();
  /** What roles of the stacks asked for and were denied, as AWS words it. */
  readonly denials: string[] = [];
  /** Receives each statement, once a call has needed it. */
  onNeeded: ((statement: Statement) => void) | undefined;
  #revoked: Statement | undefined;
  /** Aliases of keys, by the ARN of the key. */
  #aliases: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(assembly: Assembly) {
    this.#assembly = assembly;
    this.deploy();
  }

  /** Judges as if the policies lacked a statement. @param statement undefined gives it back */
  revoke(statement: Statement | undefined): void {
    this.#revoked = statement;
    for (const known of [this.#verdicts, this.#covering]) known.clear();
  }

  /** Reads the policies again, after the assembly has changed. */
  deploy(): void {
    const { templates } = this.#assembly;
    const resources = Object.values(templates).flatMap(({ Resources = {} }) => Object.values(Resources));
    const hasRoles = resources.some(({ Type }) => Type === 'AWS::IAM::Role');
    this.#account = hasRoles ? new PolicyAccount(templates) : undefined;
    this.#usage = recordUsage(this.#account);
    this.#aliases = aliasesIn(this.#assembly);
    for (const known of [this.#roles, this.#verdicts, this.#covering]) known.clear();
  }

  /** The role that a function, machine, pipe or target assumes. Undefined if it is not judged. */
  roleOf({ properties }: { readonly properties: object }): Principal | undefined {
    const { Role, RoleArn } = properties as { readonly Role?: unknown; readonly RoleArn?: unknown };
    const arn = Role ?? RoleArn;
    if (typeof arn !== 'string' || this.#account === undefined) return undefined;
    const role = this.#roles.get(arn) ?? this.#account.roleWithArn(arn);
    this.#roles.set(arn, role);
    return role;
  }

  /** Adds a user with managed policies of the stacks, by their ARNs. @returns the access key, which is also the name */
  addUser(policyArns: readonly string[]): string {
    const name = `user${this.#users.size + 1}`;
    const statements = policyArns.flatMap((arn) => this.#account?.managedPolicy(arn) ?? []);
    this.#users.set(name, { kind: 'role', arn: `arn:aws:iam::${ACCOUNT}:user/${name}`, statements });
    return name;
  }

  /** Undefined if the client is not a user: then it is not judged. */
  user(accessKey: string): Principal | undefined {
    return this.#users.get(accessKey);
  }

  /** @throws AwsError in the words of the service, if AWS denies the call */
  check(by: Principal | undefined, call: ApiCall): void {
    if (by === undefined || this.#account === undefined) return;
    const denied = this.firstDenied(by, requestsOf(call, this.#assembly));
    if (denied === undefined) return;
    const error = denial(by, denied, call.service);
    if (by.kind === 'role' && by.arn.includes(':role/')) this.denials.push(error.message);
    throw error;
  }

  /**
   * Whether AWS tells a caller that an object is missing. Who may not list the bucket is denied the object.
   *
   * @param by undefined is not judged
   */
  hearsOfMissing(by: Principal | undefined, body: string): boolean {
    const { Bucket }: { readonly Bucket: string } = JSON.parse(body);
    const bucket = this.#assembly.lookUp(Bucket);
    return !by || !bucket || this.firstDenied(by, [request('s3:ListBucket', bucket.arn)]) === undefined;
  }

  /** The first of these requests that AWS denies. */
  firstDenied(by: Principal, requests: readonly ApiRequest[]): ApiRequest | undefined {
    return requests.find((request) => !this.#may(by, request));
  }

  #may(by: Principal, { action, resource, context: given }: ApiRequest): boolean {
    if (this.#account === undefined) return true;
    const aliases = this.#aliases.get(resource);
    const context = aliases === undefined ? given : { ...given, 'kms:ResourceAliases': aliases };
    const id = `${idOf(by)} ${action} ${resource}`;
    const key = `${id} ${JSON.stringify(context)}`;
    const known = this.#verdicts.get(key);
    if (known !== undefined) return known;
    const { principal, ofResource } = this.#coveringOf(id, by, action, resource);
    const asked = { by: principal, action, resource, context };
    const verdict = isAllowed(asked, ofResource);
    if (verdict) this.#usage?.note(asked, ofResource);
    if (verdict && this.onNeeded) for (const each of neededBy(asked, ofResource)) this.onNeeded(each);
    this.#verdicts.set(key, verdict);
    return verdict;
  }

  /** The few statements that are about an action on a resource. A role has dozens. */
  #coveringOf(id: string, by: Principal, action: string, resource: string): Covering {
    const known = this.#covering.get(id);
    if (known) return known;
    const covers = (each: Statement) =>
      each !== this.#revoked && coversAction(each, action) && coversResource(each, resource);
    const principal = by.kind === 'role' ? { ...by, statements: by.statements.filter(covers) } : by;
    const own = this.#account?.policiesOf(resource) ?? [];
    const policies = own.length === 0 && action === 'sts:AssumeRole' ? TRUSTING : own;
    const covering = { principal, ofResource: policies.filter(covers) };
    this.#covering.set(id, covering);
    return covering;
  }
}

interface AliasProperties {
  readonly AliasName: string;
  readonly TargetKeyId: string;
}

function aliasesIn(assembly: Assembly): ReadonlyMap<string, readonly string[]> {
  const aliases = new Map<string, readonly string[]>();
  for (const { properties } of assembly.all<AliasProperties>('AWS::KMS::Alias'))
    aliases.set(properties.TargetKeyId, [...(aliases.get(properties.TargetKeyId) ?? []), properties.AliasName]);
  return aliases;
}

/** Roles outside of the stacks trust the account. Whether they do is not in these stacks. */
const TRUSTING: readonly Statement[] = [
  { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*', Principal: { AWS: ACCOUNT } },
];

interface Covering {
  readonly principal: Principal;
  readonly ofResource: readonly Statement[];
}

function idOf(by: Principal): string {
  return by.kind === 'role' ? by.arn : by.name;
}

const NAMES: Readonly<Partial<Record<ServiceName, string>>> = {
  sqs: 'AccessDenied',
  sns: 'AuthorizationError',
  s3: 'AccessDenied',
};
const NAMES_OF_KEYS: Readonly<Partial<Record<ServiceName, string>>> = {
  sqs: 'KMS.AccessDeniedException',
  sns: 'KMSAccessDenied',
  s3: 'AccessDenied',
};

/** Services that answer a denial with 403. */
const FORBIDS: ReadonlySet<ServiceName> = new Set(['lambda', 'sns', 's3']);

function denial(by: Principal, { action, resource }: ApiRequest, service: ServiceName): AwsError {
  const name = (action.startsWith('kms:') ? NAMES_OF_KEYS : NAMES)[service] ?? 'AccessDeniedException';
  const user = idOf(by).replace(/^arn:aws:iam::(\d+):role\/(.*)$/, 'arn:aws:sts::$1:assumed-role/$2');
  const message = `User: ${user} is not authorized to perform: ${action} on resource: ${resource} because no policy allows the ${action} action`;
  return new AwsError(name, message, FORBIDS.has(service) ? 403 : 400);
}
