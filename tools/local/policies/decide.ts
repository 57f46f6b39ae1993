import { matches, meets } from './conditions.ts';
import { list, type Principal, type Request, type Statement } from './statement.ts';

/**
 * Whether AWS allows a request: no statement denies it, and the policies of identity and resource allow it together.
 * Organizations' policies, session policies and permission boundaries don't exist here.
 *
 * Source: IAM user guide, "Policy evaluation logic".
 *
 * @param ofResource statements of the resource's own policy
 */
export function isAllowed(request: Request, ofResource: readonly Statement[]): boolean {
  const { own, theirs } = applying(request, ofResource);
  if ([...own, ...theirs].some(({ Effect }) => Effect === 'Deny')) return false;

  const isOwn = own.some(isAllow);
  const allowed = theirs.filter(isAllow);
  const isDirect = allowed.some(({ named }) => named === 'itself');
  // Keys and roles obey their own policy only; it may leave the choice to the account's identities.
  if (needsResourcePolicy(request) || isForeign(request)) {
    return isForeign(request) ? isOwn && allowed.length > 0 : isDirect || (isOwn && allowed.length > 0);
  }
  return isOwn || isDirect;
}

type Named = Statement & { readonly named: 'itself' | 'account' };

/** The statements of identity and resource that are about a request. */
function applying(request: Request, ofResource: readonly Statement[]) {
  const { by } = request;
  const complete = { ...request, context: { ...contextOf(request), ...request.context } };
  const own = by.kind === 'role' ? by.statements.filter((each) => covers(each, complete)) : [];
  const theirs = ofResource
    .map((each) => ({ ...each, named: namesPrincipal(each, by) }))
    .filter((each): each is Named => each.named !== 'no' && covers(each, complete));
  return { own, theirs };
}

function isAllow({ Effect = 'Allow' }: Statement): boolean {
  return Effect === 'Allow';
}

function needsResourcePolicy({ action }: Request): boolean {
  return action.startsWith('kms:') || action.startsWith('sts:AssumeRole');
}

function isForeign({ by, resource }: Request): boolean {
  const owner = resource.split(':')[4] ?? '';
  return by.kind === 'role' && owner !== '' && owner !== accountOf(by.arn);
}

function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}

/** What AWS says of each request. */
function contextOf({ by }: Request): Request['context'] {
  const shared = { 'aws:SecureTransport': true, 'aws:PrincipalIsAWSService': by.kind === 'service' };
  if (by.kind === 'service') return shared;
  return { ...shared, 'aws:PrincipalArn': by.arn, 'aws:PrincipalAccount': accountOf(by.arn) };
}

/** Whether a statement is about a request, by any principal. */
function covers(statement: Statement, { action, resource, context }: Request): boolean {
  return coversAction(statement, action) && coversResource(statement, resource) && meets(statement.Condition, context);
}

export function coversAction({ Action, NotAction }: Statement, action: string): boolean {
  const isNamed = (patterns: Statement['Action']) =>
    list(patterns).some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase()));
  return NotAction === undefined ? isNamed(Action) : !isNamed(NotAction);
}

export function coversResource({ Resource, NotResource }: Statement, resource: string): boolean {
  const isNamed = (patterns: Statement['Resource']) => list(patterns).some((pattern) => matches(pattern, resource));
  return NotResource === undefined ? isNamed(Resource) : !isNamed(NotResource);
}

/** Whether a statement of a resource names the principal, or its whole account. */
function namesPrincipal({ Principal, NotPrincipal }: Statement, by: Principal): 'itself' | 'account' | 'no' {
  if (NotPrincipal !== undefined) throw new Error('NotPrincipal is not known here');
  if (Principal === undefined) return 'no';
  if (Principal === '*') return 'itself';
  if (by.kind === 'service') return list(Principal.Service).includes(by.name) ? 'itself' : 'no';
  const named = list(Principal.AWS);
  if (named.includes('*') || named.includes(by.arn)) return 'itself';
  const account = accountOf(by.arn);
  return named.includes(account) || named.includes(`arn:aws:iam::${account}:root`) ? 'account' : 'no';
}
