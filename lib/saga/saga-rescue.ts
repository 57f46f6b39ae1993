import { ArnFormat, Stack } from 'aws-cdk-lib';
import { EventField, type IRuleTarget, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { Policy } from 'aws-cdk-lib/aws-iam';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { CfnStateMachine, type StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import type { RescueRequest } from '../../lambdas/contract/resume-points.ts';
import { ConfigError } from '../config/validate-config.ts';
import { shown } from '../config/values.ts';
import { deliveryTo } from '../parts/event-delivery.ts';
import { acknowledgeWildcard, statement } from '../parts/permissions.ts';
import type { Saga } from './saga.ts';
import type { SagaFunction } from './saga-function.ts';

interface SagaRescueProps {
  readonly saga: Saga;
  /** The machine that starts with the saga. */
  readonly machine: StateMachine;
  readonly rescuer: SagaFunction;
}

/**
 * Resumes a saga after an operator stopped its execution, it timed out, or no catch applied.
 *
 * All resources are in the machine's stack. It may depend on the pipeline's stack, but not the reverse.
 */
export class SagaRescue extends Construct {
  constructor(scope: Construct, id: string, props: SagaRescueProps) {
    super(scope, id);
    ConfigError.throwIfAny(validateRescue(props));
    const { machine, rescuer } = props;
    const rule = new Rule(this, 'Rule', {
      description: 'Failed executions that may have stopped inside a saga',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [machine.stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
      targets: [target(props)],
    });
    new CfnPermission(this, 'Permission', {
      action: 'lambda:InvokeFunction',
      functionName: rescuer.functionArn,
      principal: 'events.amazonaws.com',
      sourceArn: rule.ruleArn,
    });
    this.letRescue(props);
  }

  private letRescue({ machine, rescuer }: SagaRescueProps): void {
    const executions = Stack.of(machine).formatArn({
      service: 'states',
      resource: 'execution',
      resourceName: `${machine.stateMachineName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const policy = new Policy(this, 'Policy', {
      statements: [
        statement(['states:StartExecution'], machine.stateMachineArn),
        statement(['states:DescribeExecution', 'states:GetExecutionHistory'], executions),
      ],
    });
    policy.attachToRole(rescuer.serviceRole);
    acknowledgeWildcard(policy, executions, 'The caller names the executions.');
  }
}

/** Sends what the rescuer needs, without the execution's input. */
function target({ saga, rescuer }: SagaRescueProps): IRuleTarget {
  const request: RescueRequest = {
    executionArn: EventField.fromPath('$.detail.executionArn'),
    stateMachineArn: EventField.fromPath('$.detail.stateMachineArn'),
    saga: {
      name: saga.node.path,
      key: saga.key,
      firstStates: saga.firstStates,
      landmarks: saga.landmarks,
    },
  };
  return {
    bind: () => ({
      arn: rescuer.functionArn,
      targetResource: rescuer,
      input: RuleTargetInput.fromObject(request),
      ...deliveryTo(rescuer.lastResort),
    }),
  };
}

/** EventBridge accepts templates of at most 8,192 characters. The rest of the template needs the difference. */
const LONGEST_LANDMARKS = 7_000;

function* validateRescue({ saga, machine }: SagaRescueProps): Generator<string> {
  const { length } = JSON.stringify(saga.landmarks);
  if (length > LONGEST_LANDMARKS) {
    yield `saga '${saga.node.id}': its state map must have at most ${LONGEST_LANDMARKS} characters (use shorter names or fewer steps), got ${length}`;
  }
  if (machine.stateMachineType === StateMachineType.EXPRESS) {
    yield `machine '${machine.node.id}' must be of type STANDARD (an Express execution has no history), got ${shown(machine.stateMachineType)}`;
  }
  const first = [...firstStates(machine)];
  // Compares the names from the construction of the saga. A rescue would not find a state renamed later.
  if (!saga.firstStates.some((name) => first.includes(name))) {
    yield `machine '${machine.node.id}' must start with the saga '${saga.node.id}', alone or as a try block (a rescue would repeat what comes before it): make it the first step, got ${shown(first.at(-1))} as the first state`;
  }
}

/** Yields the machine's first state. If that only contains others, yields their first state too, and so on. */
function* firstStates(machine: StateMachine): Generator<string> {
  const cfn = machine.node.defaultChild;
  let graph = cfn instanceof CfnStateMachine ? definitionOf(cfn) : undefined;
  while (isPlainObject(graph) && typeof graph.StartAt === 'string' && isPlainObject(graph.States)) {
    yield graph.StartAt;
    const state = graph.States[graph.StartAt];
    const passesOn = isPlainObject(state) && !('Parameters' in state) && !('InputPath' in state);
    const branches = passesOn && Array.isArray(state.Branches) ? state.Branches : [];
    graph = branches.length === 1 ? branches[0] : undefined;
  }
}

/** Returns the definition with `x` in place of each CDK token. Names of states contain no tokens. */
function definitionOf(machine: CfnStateMachine): unknown {
  const resolved: unknown = Stack.of(machine).resolve(machine.definitionString);
  if (typeof resolved === 'string') return JSON.parse(resolved);
  const joined = isPlainObject(resolved) ? resolved['Fn::Join'] : undefined;
  const parts: unknown = Array.isArray(joined) ? joined[1] : undefined;
  if (!Array.isArray(parts)) return undefined;
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'x')).join(''));
}
