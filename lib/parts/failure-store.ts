import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  type ITable,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb';
import {
  AnyPrincipal,
  Effect,
  type IPrincipal,
  PolicyDocument,
  PolicyStatement,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Construct, type IConstruct } from 'constructs';
import * as v from 'valibot';
import { AUDIT_KEY } from '../../lambdas/contract/audit-key.ts';
import {
  CORRELATION_INDEX,
  DEAD_INDEX,
  FAILURE_ID_ATTRIBUTE,
  FAILURE_INDEX,
  PENDING_INDEX,
} from '../../lambdas/contract/ledger-entry.ts';
import { removal } from '../config/common-schema.ts';
import { mistakesIn, settings } from '../config/schema.ts';
import { ConfigError } from '../config/validate-config.ts';
import { streamArn } from './permissions.ts';
import { destroyWithStack, type Removal } from './removal.ts';
import { deployedStack } from './service-name.ts';
import { type FailureStoreArns, storeArns } from './store-arns.ts';

/**
 * The props of a {@link FailureStore}.
 *
 * @example
 * new FailureStore(new Stack(new App(), 'TrialState'), 'Store', { removal: 'destroy' });
 */
export interface FailureStoreProps {
  /**
   * What happens to the tables and the key when their stack is deleted. `keep`: they stay, and the tables are protected
   * from deletion. `destroy`: nothing stays.
   * @default 'keep'
   */
  readonly removal?: Removal;
}

/**
 * A store that the app creates, or one that it imports by {@link FailureStore.fromArns}.
 *
 * @example
 * import { CfnOutput } from 'aws-cdk-lib';
 * const store: IFailureStore = pipeline.store;
 * new CfnOutput(stack, 'Ledger', { value: store.ledger.tableName });
 */
export interface IFailureStore extends IConstruct {
  /** Encrypts tables, queues, topics, the bus and logs. */
  readonly encryptionKey: IKey;
  /** One item per failure: operation, state, outcome and outbox. */
  readonly ledger: ITable;
  /** One item per call that has succeeded, or whose result is open. */
  readonly effects: ITable;
  /** One item per circuit: its state, the counts of the last minute, and outbox. */
  readonly circuits: ITable;
  /** Two items per action of an operator: its begin and its end. */
  readonly audit: ITable;
  /** The ARNs of all of it. */
  readonly arns: FailureStoreArns;
  /**
   * @internal The names of the circuits table and of the key, which no resource has to be asked for. A stack that uses
   * them refers to no other stack, so it may hold a dependency of the pipeline.
   * @default - an imported store, whose ARNs need no resource either
   */
  readonly byName?: { readonly circuits: string; readonly keyAlias: string };
}

/**
 * The tables of a pipeline, and the key that encrypts everything. The ledger, the effects table, the audit table and
 * the key stay in the account when their stack is deleted, unless `removal` is `destroy`. The circuits table is deleted
 * with the stack.
 *
 * A store belongs to one pipeline; a second one fails the synth.
 *
 * @example
 * const app = new App();
 * const store = new FailureStore(new Stack(app, 'BackstopState'), 'Store');
 * new ResiliencePipeline(new Stack(app, 'Backstop'), 'Backstop', {
 *   store,
 *   dependencies: { payments: { kind: 'http', baseUrl: 'https://payments.example.com' } },
 * });
 */
export class FailureStore extends Construct implements IFailureStore {
  readonly encryptionKey: Key;
  readonly ledger: Table;
  readonly effects: Table;
  readonly circuits: Table;
  /** Two items per action of an operator: its begin and its end. Its resource policy denies every change of an item. */
  readonly audit: Table;

  /** @internal As in {@link IFailureStore}. */
  readonly byName: { readonly circuits: string; readonly keyAlias: string };

  /**
   * Uses a store that another app or template created, in the account and region of the pipeline. The store keeps its
   * own removal policies. It still belongs to one pipeline, of all apps. The policies of its key and tables can't be
   * changed from here: docs/configuration.md says what they must allow.
   *
   * @param arns all eight, as text or tokens; {@link FailureStore.arns} has them
   * @throws ConfigError that names every wrong or missing ARN
   * @example
   * const table = (name: string) => `arn:aws:dynamodb:eu-west-1:111122223333:table/${name}`;
   * const store = FailureStore.fromArns(stack, 'Store', {
   *   ledger: table('Ledger'),
   *   ledgerStream: `${table('Ledger')}/stream/2026-01-01T00:00:00.000`,
   *   effects: table('Effects'),
   *   circuits: table('Circuits'),
   *   circuitsStream: `${table('Circuits')}/stream/2026-01-01T00:00:00.000`,
   *   audit: table('Audit'),
   *   auditStream: `${table('Audit')}/stream/2026-01-01T00:00:00.000`,
   *   key: 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
   * });
   */
  static fromArns(scope: Construct, id: string, arns: FailureStoreArns): IFailureStore {
    ConfigError.throwIfAny(mistakesIn(storeArns, arns));
    return new ImportedStore(scope, id, arns);
  }

  /** @throws ConfigError when `removal` is neither `keep` nor `destroy` */
  constructor(scope: Construct, id: string, props: FailureStoreProps = {}) {
    super(scope, id);
    ConfigError.throwIfAny(mistakesIn(PROPS, props));
    if (v.parse(PROPS, props).removal === 'destroy') destroyWithStack(this);
    this.encryptionKey = new Key(this, 'Key', {
      description: 'Encrypts the failures that Backstop stores',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const name = ownName(this);
    this.byName = { circuits: `${name}-circuits`, keyAlias: `alias/${name}` };
    this.encryptionKey.addAlias(this.byName.keyAlias);
    this.letServicesUseTheKey();
    this.ledger = this.createLedger();
    this.effects = this.table('Effects', { timeToLiveAttribute: 'expiration' });
    this.circuits = this.table('Circuits', {
      tableName: this.byName.circuits,
      timeToLiveAttribute: 'expiresAt',
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      // The circuits can learn everything in this table again within a minute.
      deletionProtection: false,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.audit = this.table('Audit', {
      partitionKey: { name: AUDIT_KEY.partition, type: AttributeType.STRING },
      sortKey: { name: AUDIT_KEY.sort, type: AttributeType.STRING },
      timeToLiveAttribute: 'expiresAt',
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      resourcePolicy: APPEND_ONLY,
    });
  }

  private createLedger(): Table {
    const ledger = this.table('Ledger', { timeToLiveAttribute: 'expiresAt', stream: StreamViewType.NEW_IMAGE });
    ledger.addGlobalSecondaryIndex({
      indexName: PENDING_INDEX,
      partitionKey: { name: 'pendingShard', type: AttributeType.STRING },
      sortKey: { name: 'dueAt', type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    ledger.addGlobalSecondaryIndex({
      indexName: CORRELATION_INDEX,
      partitionKey: { name: 'correlationId', type: AttributeType.STRING },
      sortKey: { name: 'receivedAt', type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    ledger.addGlobalSecondaryIndex({
      indexName: FAILURE_INDEX,
      partitionKey: { name: FAILURE_ID_ATTRIBUTE, type: AttributeType.STRING },
      sortKey: { name: 'receivedAt', type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    // Sparse: only a dead letter pays for it, one write unit when it comes and one when it goes.
    ledger.addGlobalSecondaryIndex({
      indexName: DEAD_INDEX,
      partitionKey: { name: 'deadOf', type: AttributeType.STRING },
      sortKey: { name: 'settledAt', type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    return ledger;
  }

  /** The ARNs of all of it. In another app, {@link FailureStore.fromArns} needs them. */
  get arns(): FailureStoreArns {
    const { ledger, effects, circuits, audit, encryptionKey } = this;
    return {
      ledger: ledger.tableArn,
      ledgerStream: streamArn(ledger),
      effects: effects.tableArn,
      circuits: circuits.tableArn,
      circuitsStream: streamArn(circuits),
      audit: audit.tableArn,
      auditStream: streamArn(audit),
      key: encryptionKey.keyArn,
    };
  }

  private table(id: string, props: Partial<TableProps>): Table {
    return new Table(this, id, {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.encryptionKey,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      ...props,
    });
  }

  /** Lets AWS services use the key. They act on their own behalf, so no role can carry the permission. */
  private letServicesUseTheKey(): void {
    const { region, account, partition, urlSuffix } = Stack.of(this);
    // No condition on the account: for an encrypted target, some services don't pass their source account. Such a
    // delivery fails silently. The policies of queues and topics limit on whose behalf the services act.
    const events = new ServicePrincipal('events.amazonaws.com');
    this.allowService(events, 'Decrypt', 'DescribeKey', 'GenerateDataKey');
    const alarms = new ServicePrincipal('cloudwatch.amazonaws.com');
    this.allowService(alarms, 'Decrypt', 'GenerateDataKey');
    // Topics forward to encrypted queues.
    this.allowService(new ServicePrincipal('sns.amazonaws.com'), 'Decrypt', 'GenerateDataKey');
    const logGroups = `arn:${partition}:logs:${region}:${account}:log-group:*`;
    const forLogGroups = { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': logGroups } };
    // CloudWatch Logs rejects a key that does not allow all of these actions.
    const logActions = ['Encrypt', 'Decrypt', 'ReEncrypt*', 'GenerateDataKey*', 'DescribeKey'];
    this.allowService(new ServicePrincipal(`logs.${region}.${urlSuffix}`, { conditions: forLogGroups }), ...logActions);
  }

  private allowService(principal: IPrincipal, ...actions: readonly string[]): void {
    this.encryptionKey.addToResourcePolicy(
      new PolicyStatement({
        principals: [principal],
        actions: actions.map((action) => `kms:${action}`),
        // In a key policy, `*` means this key.
        resources: ['*'],
      }),
    );
  }
}

class ImportedStore extends Construct implements IFailureStore {
  readonly encryptionKey: IKey;
  readonly ledger: ITable;
  readonly effects: ITable;
  readonly circuits: ITable;
  readonly audit: ITable;
  readonly arns: FailureStoreArns;

  constructor(scope: Construct, id: string, arns: FailureStoreArns) {
    super(scope, id);
    this.arns = arns;
    const encryptionKey = Key.fromKeyArn(this, 'Key', arns.key);
    const table = (name: string, tableArn: string, tableStreamArn?: string) =>
      Table.fromTableAttributes(this, name, { tableArn, tableStreamArn, encryptionKey });
    this.encryptionKey = encryptionKey;
    this.ledger = table('Ledger', arns.ledger, arns.ledgerStream);
    this.effects = table('Effects', arns.effects);
    this.circuits = table('Circuits', arns.circuits, arns.circuitsStream);
    this.audit = table('Audit', arns.audit, arns.auditStream);
  }
}

/** A name that no other store of the account and region has: the stack's, and a digest of the path in the app. */
function ownName(store: Construct): string {
  const stack = deployedStack(store).stackName.replace(/[^\w-]/g, '-');
  return `${stack}-${store.node.addr.slice(-8)}`;
}

const PROPS = settings({ removal });

/** Denies everybody in the account to change or delete an item, whatever their own policies allow. */
const APPEND_ONLY = new PolicyDocument({
  statements: [
    new PolicyStatement({
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['BatchWriteItem', 'DeleteItem', 'PartiQLDelete', 'PartiQLUpdate', 'UpdateItem'].map(
        (action) => `dynamodb:${action}`,
      ),
      // In a table's policy, `*` means this table.
      resources: ['*'],
    }),
  ],
});
