import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnApi, CfnIntegration, CfnRoute, CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { OPERATOR_REQUESTS, RUN_PREFIX } from '../../lambdas/contract/item-keys.ts';
import { OPERATOR_ROUTES, type OperatorRoute } from '../../lambdas/contract/operator-routes.ts';
import type { BackstopFunction } from '../parts/backstop-function.ts';
import { letReadLane } from '../parts/lane-parameters.ts';
import { allowLaneSources } from '../parts/lane-tags.ts';
import { allow, allowItems, allowItemsOf } from '../parts/permissions.ts';
import { ledgerFunction, type SharedParts } from '../parts/shared-parts.ts';
import type { RecoveryMachine } from '../recovery/recovery-machine.ts';

interface OperatorFunctionProps extends SharedParts {
  readonly recovery: RecoveryMachine;
}

/** Items of the ledger table that the function creates: runs of redrives, and announcements of actions. */
const NEW_ITEMS = [`${RUN_PREFIX}*`, 'audit#*'];

/**
 * Does every write of operators, behind an API that takes signed requests (SigV4) and tells the function who signed
 * them. Operators have no permission on the function itself, so nobody hands it an event with another's name.
 */
export class OperatorFunction extends Construct {
  readonly function: BackstopFunction;
  private readonly api: CfnApi;

  constructor(scope: Construct, id: string, props: OperatorFunctionProps) {
    super(scope, id);
    this.function = this.createFunction(props);
    this.api = this.createApi(props);
    for (const [route, id] of ROUTES)
      this.function.addPermission(`${id}Permission`, {
        principal: new ServicePrincipal('apigateway.amazonaws.com'),
        sourceArn: this.arnOf(`*/${requestOf(route)}`),
      });
  }

  /** URL of the API. */
  get url(): string {
    return `${this.api.attrApiEndpoint}/`;
  }

  /** ARN of the requests on a route. */
  requestArn(route: OperatorRoute): string {
    return this.arnOf(`$default/${requestOf(route)}`);
  }

  private createFunction(props: OperatorFunctionProps): BackstopFunction {
    const { store, bus, recovery, bodies } = props;
    const fn = ledgerFunction(this, 'Function', props, {
      handler: 'operator',
      description: 'Writes for operators, and records what they do',
      timeout: Duration.seconds(29),
      environment: {
        AUDIT_TABLE: store.audit.tableName,
        EFFECTS_TABLE: store.effects.tableName,
        EVENT_BUS_NAME: bus.eventBusName,
        ACCOUNT: Stack.of(this).account,
      },
    });
    allowItems(fn, store.ledger, 'GetItem', 'UpdateItem');
    allowItemsOf(fn, store.ledger, NEW_ITEMS, 'PutItem');
    allowItems(fn, store.circuits, 'GetItem', 'UpdateItem');
    allowItemsOf(fn, store.effects, [`${OPERATOR_REQUESTS}#*`], 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem');
    allowItems(fn, store.audit, 'GetItem', 'PutItem');
    // `backstop send` reports a failure. What an operator does goes through the outbox.
    bus.grantPutEventsTo(fn);
    // Wakes an execution that waits for a human's decision.
    allow(fn, ['states:SendTaskSuccess'], recovery.stateMachine.stateMachineArn);
    // Reveals an operation with the body that it claims.
    bodies?.letRead(fn);
    letReadLane(fn);
    allowLaneSources(fn, fn.serviceRole, ['lambda:UpdateEventSourceMapping']);
    return fn;
  }

  private createApi({ store, logRetention }: OperatorFunctionProps): CfnApi {
    const api = new CfnApi(this, 'Api', {
      name: this.node.addr,
      description: "Takes what Backstop's operators ask for",
      protocolType: 'HTTP',
    });
    const integration = new CfnIntegration(this, 'Integration', {
      apiId: api.ref,
      integrationType: 'AWS_PROXY',
      integrationUri: this.function.functionArn,
      payloadFormatVersion: '2.0',
    });
    for (const [route, id] of ROUTES)
      new CfnRoute(this, `${id}Route`, {
        apiId: api.ref,
        routeKey: OPERATOR_ROUTES[route],
        authorizationType: 'AWS_IAM',
        target: `integrations/${integration.ref}`,
      });
    const logGroup = new LogGroup(this, 'ApiLogs', {
      encryptionKey: store.encryptionKey,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const destinationArn = Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: logGroup.logGroupName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    new CfnStage(this, 'Stage', {
      apiId: api.ref,
      stageName: '$default',
      autoDeploy: true,
      accessLogSettings: { destinationArn, format: JSON.stringify(ACCESS) },
    });
    return api;
  }

  private arnOf(request: string): string {
    return Stack.of(this).formatArn({ service: 'execute-api', resource: this.api.ref, resourceName: request });
  }
}

/** Routes with their part of the construct ids. The first has none, because it was there before the others. */
const ROUTES: readonly (readonly [OperatorRoute, string])[] = [
  ['act', ''],
  ['view', 'View'],
  ['reveal', 'Reveal'],
];

/** `POST/view`, as ARNs have it. */
function requestOf(route: OperatorRoute): string {
  return OPERATOR_ROUTES[route].replace(' ', '');
}

/** API Gateway itself logs each request with its caller, beside what the function records. */
const ACCESS = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  caller: '$context.identity.userArn',
  status: '$context.status',
  error: '$context.error.message',
};
