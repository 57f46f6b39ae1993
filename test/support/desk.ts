import { DynamoDBCircuitStore } from '../../lambdas/adapters/circuit/dynamodb-circuit-store.ts';
import { incidentStore } from '../../lambdas/adapters/escalation/incident-store.ts';
import { DynamoDBLedger } from '../../lambdas/adapters/ledger/dynamodb-ledger.ts';
import { announcing } from '../../lambdas/adapters/operator/announcement.ts';
import { auditLog } from '../../lambdas/adapters/operator/audit-log.ts';
import { resultOf } from '../../lambdas/adapters/operator/remote-desk.ts';
import { requestsOnce } from '../../lambdas/adapters/operator/requests-once.ts';
import { redriveRuns } from '../../lambdas/adapters/redrive/redrive-runs.ts';
import { OPERATOR_ROUTES } from '../../lambdas/contract/operator-routes.ts';
import { type OperationName, type OperatorArguments, routeOf } from '../../lambdas/domain/operator/operator-call.ts';
import { answerOperator } from '../../lambdas/use-cases/operator/answer-operator.ts';
import type { Desk, OperatorResults } from '../../lambdas/use-cases/operator/desk.ts';
import type { DeskPorts } from '../../lambdas/use-cases/operator/desk-ports.ts';
import { sampleSettings } from './samples.ts';
import type { Tables } from './tables.ts';

export const ADA = 'arn:aws:iam::123456789012:user/ada';

export interface DeskOptions {
  readonly tables: Pick<Tables, 'client' | 'ledger' | 'circuits' | 'audit' | 'effects'>;
  readonly now?: () => number;
  /** ARN by which AWS knows the operator. @default ADA */
  readonly principal?: string;
  /** Ports of the operator function. @default - none that leaves the tables */
  readonly ports?: Partial<DeskPorts>;
}

/** The operator function on tables in memory, with fakes of all that leaves them. */
export function deskPorts({ tables, now = Date.now, ports = {} }: DeskOptions): DeskPorts {
  const { client, ledger: table } = tables;
  const retentionMs = 30 * 86_400_000;
  const ledger = new DynamoDBLedger({ client, table, reconcileAfterMs: 60_000, retentionMs, now });
  return {
    once: requestsOnce({ client, table: tables.effects }),
    audit: auditLog({ client, table: tables.audit, announce: announcing({ client, table }), now }),
    ledger,
    decisions: ledger,
    wake: async () => undefined,
    circuits: new DynamoDBCircuitStore({ client, table: tables.circuits }),
    runs: redriveRuns({ client, table, now }),
    incidents: incidentStore({ client, table, now }),
    turnLane: async () => undefined,
    report: async () => undefined,
    claimBody: async (operation) => operation,
    account: '123456789012',
    dependencies: new Map(['payments', 'orders'].map((name) => [name, sampleSettings({ name })])),
    retentionMs,
    now,
    onUnrecorded: (error) => {
      throw error;
    },
    ...ports,
  };
}

/** A desk whose requests and answers are JSON, as between the tool and the deployed function. */
export function deskOn({ principal = ADA, ...options }: DeskOptions): Desk {
  const ports = deskPorts(options);
  return async <Name extends OperationName>(operation: Name, args: OperatorArguments[Name]) => {
    const event = {
      requestContext: { authorizer: { iam: { userArn: principal } } },
      routeKey: OPERATOR_ROUTES[routeOf(operation, args)],
      body: JSON.stringify({ operation, args }),
    };
    const { statusCode, body } = await answerOperator(event, ports);
    return resultOf(statusCode, body) as OperatorResults[Name];
  };
}
