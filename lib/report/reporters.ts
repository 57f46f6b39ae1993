import { Stack, Token, TokenComparison } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { IGrantable, IPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { EVENT_SOURCE, OPERATOR_SOURCE } from '../../lambdas/contract/events.ts';
import {
  REPORT_SOURCE,
  REPORTS_VARIABLE,
  type ReportedDependency,
  type ReportingSettings,
} from '../../lambdas/contract/report-settings.ts';
import { BODY_REPORT_MS, REPORT_MS } from '../../lambdas/contract/reporting-times.ts';
import type { DependencySettings } from '../../lambdas/contract/settings.ts';
import { ConfigError } from '../config/validate-config.ts';
import { shown } from '../config/values.ts';
import type { BodyStore } from '../parts/body-store.ts';
import type { Escalations } from '../parts/escalations.ts';
import type { IFailureStore } from '../parts/failure-store.ts';
import { warnOfShortTimeout } from '../parts/function-timeout.ts';
import { allowSend, sending } from '../parts/permissions.ts';
import { linkGrantee } from '../parts/stack-links.ts';
import { ReportQueue, reportingStatement } from './report-queue.ts';

/** How a state reports failures of a dependency. */
export interface ReportWay {
  readonly bus: EventBus;
  readonly source: string;
  /** Takes the report while the bus does not. */
  readonly queue: IQueue;
  /** What the state's machine must be allowed. */
  readonly statements: readonly PolicyStatement[];
}

interface ReportersProps {
  readonly settings: readonly DependencySettings[];
  readonly bus: EventBus;
  readonly lastResort: IQueue;
  readonly store: IFailureStore;
  readonly escalations: Escalations;
  /** The bucket for large bodies. @default - none */
  readonly bodies?: BodyStore | undefined;
}

/** All variables of a function have 4,096 bytes together. The rest is for your own, and for the circuits. */
const MAX_VARIABLE_LENGTH = 2_500;

/** Lets others report failures to a pipeline: functions, roles, and states such as {@link ReportFailure}. */
export class Reporters extends Construct {
  private readonly queues = new Map<string, IQueue>();
  /** What each function reports so far. The CDK can write a function's environment, but not read it. */
  private readonly reported = new Map<LambdaFunction, Record<string, ReportedDependency>>();
  private readonly props: ReportersProps;
  private admitted = 0;

  /** @internal */
  constructor(scope: Construct, id: string, props: ReportersProps) {
    super(scope, id);
    this.props = props;
  }

  /** @internal Lets somebody report failures of a dependency. Tells a function what it must know for that. */
  add(grantee: IGrantable, dependency: string): DependencySettings {
    const { bus, bodies } = this.props;
    const settings = this.settingsOf(dependency);
    const source = sourceOf(settings);
    const { grantPrincipal } = grantee;
    const { statementAdded } = grantPrincipal.addToPrincipalPolicy(reportingStatement(bus, source));
    // A principal of another account, or one that the CDK can't give permissions: the bus itself lets it in.
    if (!statementAdded || this.isForeign(grantPrincipal)) {
      const admission = reportingStatement(bus, source);
      admission.addPrincipals(grantPrincipal);
      admission.sid = `Reports${++this.admitted}`;
      bus.addToResourcePolicy(admission);
      return settings;
    }
    linkGrantee(grantee, this, (path) => `reportsFrom(${path})`);
    const queue = this.queueOf(source);
    allowSend(grantee, queue);
    bodies?.letAdd(grantee, dependency);
    if (grantee instanceof LambdaFunction) {
      this.tell(grantee, settings, { source, queue: queue.queueUrl });
      this.warnOfTimeout(grantee, settings);
    }
    return settings;
  }

  /** @internal How a state reports failures of a dependency. */
  wayOf(dependency: string): ReportWay {
    const { bus } = this.props;
    const source = sourceOf(this.settingsOf(dependency));
    const queue = this.queueOf(source);
    return { bus, source, queue, statements: [reportingStatement(bus, source), ...sending(queue)] };
  }

  /** The call of an HTTP API has the dependency's timeout. How long another client takes, only its function knows. */
  private warnOfTimeout(fn: LambdaFunction, { kind, name, timeoutMs }: DependencySettings): void {
    const call = kind === 'http' ? timeoutMs : 0;
    const report = REPORT_MS + (this.props.bodies ? BODY_REPORT_MS : 0);
    const times = `${call > 0 ? `a call of ${shown(name)} (${call / 1_000} s) and its` : 'a'} report (${report / 1_000} s)`;
    warnOfShortTimeout(fn, { ms: call + report, what: times, otherwise: 'its failures are not reported' });
  }

  /** @internal @throws ConfigError when the config has no such dependency */
  settingsOf(dependency: string): DependencySettings {
    const { settings } = this.props;
    const found = settings.find(({ name }) => name === dependency);
    if (found) return found;
    const names = settings.map(({ name }) => shown(name)).join(', ');
    throw new ConfigError([`dependency must be one of ${names} (or add it to the config), got ${shown(dependency)}`]);
  }

  /** The CDK says of roles of other accounts, too, that they have the permission. */
  private isForeign({ principalAccount = Stack.of(this).account }: IPrincipal): boolean {
    return Token.compareStrings(principalAccount, Stack.of(this).account) === TokenComparison.DIFFERENT;
  }

  private queueOf(source: string): IQueue {
    const known = this.queues.get(source);
    if (known) return known;
    const { bus, lastResort, escalations, store } = this.props;
    const shared = { bus, lastResort, escalations, encryptionKey: store.encryptionKey };
    const { queue } = new ReportQueue(this, encodeURIComponent(source), { ...shared, source });
    this.queues.set(source, queue);
    return queue;
  }

  private tell(
    fn: LambdaFunction,
    settings: DependencySettings,
    way: Pick<ReportedDependency, 'source' | 'queue'>,
  ): void {
    const dependencies = this.reported.get(fn) ?? {};
    this.reported.set(fn, dependencies);
    dependencies[settings.name] = reportedDependency(settings, way);
    const { length } = JSON.stringify(Object.values(dependencies).map((dependency) => ({ ...dependency, queue: '' })));
    if (length > MAX_VARIABLE_LENGTH) {
      throw new ConfigError([
        `function ${fn.node.path} must know at most ${MAX_VARIABLE_LENGTH} characters of the dependencies that it reports, got ${length}: report from several functions, or shorten the dependencies' rules, paths and headers`,
      ]);
    }
    const { bus, bodies } = this.props;
    const known: ReportingSettings = { bus: bus.eventBusArn, bucket: bodies?.bucket.bucketName, dependencies };
    fn.addEnvironment(REPORTS_VARIABLE, Stack.of(fn).toJsonString(known));
  }
}

/** Lambda has its own source for failed invocations. */
const NOT_FOR_REPORTS: ReadonlySet<string> = new Set([EVENT_SOURCE, OPERATOR_SOURCE, 'lambda']);

/** @throws ConfigError when the dependency lists only sources of AWS, Backstop and operators */
function sourceOf({ name, accepts }: DependencySettings): string {
  const { sources = [REPORT_SOURCE] } = accepts ?? {};
  // EventBridge refuses a source of AWS from anybody else.
  const found = sources.find((source) => !NOT_FOR_REPORTS.has(source) && !source.startsWith('aws.'));
  if (found !== undefined) return found;
  throw new ConfigError([
    `dependency ${shown(name)}: accepts.sources must list a source for reports, such as '${REPORT_SOURCE}', got ${shown(sources)}`,
  ]);
}

/** What a function must know of a dependency: how to call it, and what its lane takes. */
function reportedDependency(
  settings: DependencySettings,
  way: Pick<ReportedDependency, 'source' | 'queue'>,
): ReportedDependency {
  const { rules, conflict } = settings;
  const judged = {
    rules: rules.length > 0 ? rules : undefined,
    resolvesConflicts: conflict.strategy === 'reject' ? undefined : true,
  };
  if (settings.kind !== 'http') {
    const { kind, repeatable, accepts } = settings;
    return { kind, repeatable, ...way, ...judged, accepts: accepts?.tenants && { tenants: accepts.tenants } };
  }
  const { kind, baseUrl, timeoutMs, idempotencyKeys, encodedSlashes, allowHeaders, auth, accepts } = settings;
  return {
    kind,
    baseUrl,
    timeoutMs,
    idempotencyKeys,
    encodedSlashes: encodedSlashes || undefined,
    allowHeaders,
    auth: auth && { header: auth.header },
    accepts: accepts && { tenants: accepts.tenants, methods: accepts.methods, paths: accepts.paths },
    ...way,
    ...judged,
  };
}
