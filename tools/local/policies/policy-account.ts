import { ACCOUNT } from '../resource-kinds.ts';
import { isAllowed } from './decide.ts';
import { arnsOf, type Deployed, deployed } from './deployed.ts';
import { grantedByResources, ownStatements, statementsIn, statementsOfRole } from './granted.ts';
import { type Context, list, type Principal, type Statement } from './statement.ts';

/** A role outside of the stacks, with these statements. @param account of 12 digits; the stacks' own by default */
export function ownRole(name: string, statements: readonly Statement[], account: string = ACCOUNT): Principal {
  return { kind: 'role', arn: `arn:aws:iam::${account}:role/${name}`, statements };
}

/** @param name `events`, `sns` */
export function service(name: string): Principal {
  return { kind: 'service', name: `${name}.amazonaws.com` };
}

/**
 * An account with some stacks and nothing else. Answers who may do what, by all policies of their templates.
 *
 * @example
 * const account = new PolicyAccount({ BackstopState: state.toJSON(), BackstopPipeline: pipeline.toJSON() });
 * const worker = account.role('PaymentsLaneWorker');
 * account.may(worker, 'dynamodb:GetItem', account.arn('Ledger'), { 'dynamodb:LeadingKeys': ['order-1'] });
 */
export class PolicyAccount {
  readonly #all: readonly Deployed[];
  readonly #resourcePolicies: ReturnType<typeof grantedByResources>;

  /** @param templates JSON of each stack's template, by the name of the stack */
  constructor(templates: Readonly<Record<string, object>>) {
    this.#all = deployed(templates);
    this.#resourcePolicies = grantedByResources(this.#all);
  }

  /** Names of all roles, without `Role`: `PaymentsLaneWorker`. */
  get roles(): readonly string[] {
    return this.#ofType('AWS::IAM::Role').map(({ name }) => name.replace(/Role$/, ''));
  }

  /** @param name as in {@link PolicyAccount.roles} */
  role(name: string): Principal {
    const role = only(
      this.#ofType('AWS::IAM::Role').filter((each) => each.name.replace(/Role$/, '') === name),
      name,
    );
    return this.#principal(role);
  }

  /** @throws Error if the stacks have no such role */
  roleWithArn(arn: string): Principal {
    return this.#principal(
      only(
        this.#ofType('AWS::IAM::Role').filter((each) => each.arn === arn),
        arn,
      ),
    );
  }

  /** @throws Error if the stacks have no such policy */
  managedPolicy(arn: string): readonly Statement[] {
    const found = this.#ofType('AWS::IAM::ManagedPolicy').filter((each) => each.arn === arn || each.ref === arn);
    return statementsIn(only(found, arn).properties.PolicyDocument);
  }

  /** A role outside of the stacks that has managed policies of the stacks. @param names those of their constructs */
  holderOf(...names: readonly string[]): Principal {
    const managed = this.#ofType('AWS::IAM::ManagedPolicy');
    const held = names.map((name) =>
      only(
        managed.filter((each) => each.name === name),
        name,
      ),
    );
    return ownRole(
      'Holder',
      held.flatMap(({ properties }) => statementsIn(properties.PolicyDocument)),
    );
  }

  /** @param name logical id without hash: `Bus`, `PaymentsLaneQueue` */
  arn(name: string): string {
    return only(
      this.#all.filter((each) => each.name === name && !POLICIES.test(each.type)),
      name,
    ).arn;
  }

  /** Whether AWS allows an action. @param resource ARN, or `*` for an action without a resource */
  may(by: Principal, action: string, resource: string, context: Context = {}): boolean {
    return isAllowed({ by, action, resource, context }, this.policiesOf(resource));
  }

  /**
   * All that a principal may do under some circumstances, as `events:PutEvents Bus`. Takes each condition of a
   * permission for met, and each condition of a denial for unmet. Actions are those that any statement names; `*` is
   * every resource.
   */
  reach(by: Principal): readonly string[] {
    const asker = by.kind === 'role' ? { ...by, statements: by.statements.map(unconditional) } : by;
    const statements = [...this.#statements(), ...(by.kind === 'role' ? by.statements : [])];
    const actions = exact(statements.flatMap(({ Action }) => list(Action)));
    // For another account, an action without a resource is about that account.
    const isForeign = by.kind === 'role' && by.arn.split(':')[4] !== ACCOUNT;
    const resources = this.#resources(statements).filter((resource) => !isForeign || resource !== '*');
    return actions.flatMap((action) => {
      const reached = resources.filter(
        (resource) =>
          isOfService(action, resource) &&
          isAllowed({ by: asker, action, resource, context: {} }, this.policiesOf(resource).map(unconditional)),
      );
      const all = reached.includes('*') ? ['*'] : reached;
      return all.map((resource) => `${action} ${this.shown(resource)}`);
    });
  }

  #principal(role: Deployed): Principal {
    return { kind: 'role', arn: role.arn, statements: statementsOfRole(role, this.#all) };
  }

  #ofType(type: string): readonly Deployed[] {
    return this.#all.filter((each) => each.type === type);
  }

  /** Statements of a resource's own policies. @param resource ARN, may have a path below the resource's own */
  policiesOf(resource: string): readonly Statement[] {
    return this.#resourcePolicies
      .filter(({ on }) => on.some((arn) => resource === arn || resource.startsWith(`${arn}/`)))
      .map(({ statement }) => statement);
  }

  /** All statements in the stacks, each with the name of the role, managed policy or resource that has it. */
  owners(): ReadonlyMap<Statement, string> {
    const ofRoles = this.#ofType('AWS::IAM::Role').flatMap((role) =>
      ownStatements(role, this.#all).map((statement) => [statement, role.name] as const),
    );
    const managed = this.#ofType('AWS::IAM::ManagedPolicy').flatMap(({ name, properties }) =>
      statementsIn(properties.PolicyDocument).map((statement) => [statement, name] as const),
    );
    const ofResources = this.#resourcePolicies.map(
      ({ on, statement }) => [statement, on.map((arn) => this.shown(arn)).join(', ')] as const,
    );
    return new Map([...ofRoles, ...managed, ...ofResources]);
  }

  #statements(): readonly Statement[] {
    const roles = this.#ofType('AWS::IAM::Role').flatMap((role) => statementsOfRole(role, this.#all));
    const managed = this.#ofType('AWS::IAM::ManagedPolicy').flatMap((each) =>
      statementsIn(each.properties.PolicyDocument),
    );
    return [...roles, ...managed, ...this.#resourcePolicies.map(({ statement }) => statement)];
  }

  #resources(statements: readonly Statement[]): readonly string[] {
    const own = this.#all.filter(({ type }) => !POLICIES.test(type)).flatMap(arnsOf);
    return [...new Set([...own, ...statements.flatMap(({ Resource }) => list(Resource)), '*'])].toSorted();
  }

  /** Names the resource of an ARN, or the ARN if it is of no resource of the stacks. */
  shown(arn: string): string {
    const owner = this.#all.find((each) => arn === each.arn || arn.startsWith(`${each.arn}/`));
    return owner ? owner.name + arn.slice(owner.arn.length) : arn;
  }
}

/** Types that grant, and that no action names. */
const POLICIES = /(?:Policy|Permission)$/;

function only(found: readonly Deployed[], name: string): Deployed {
  const [first, ...others] = found;
  if (!first || others.length > 0) throw new Error(`${found.length} resources are named ${name}`);
  return first;
}

function unconditional(statement: Statement): Statement {
  const { Condition, ...rest } = statement;
  return statement.Effect === 'Deny' && Condition ? { Effect: 'Deny', Action: [] } : rest;
}

function exact(actions: readonly string[]): readonly string[] {
  return [...new Set(actions)].filter((action) => !action.includes('*')).toSorted();
}

function isOfService(action: string, resource: string): boolean {
  const [service] = action.split(':');
  return resource === '*' || resource.split(':')[2] === service;
}
