import { Duration, JsonNull } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  Choice,
  Condition,
  CustomState,
  Errors,
  type IChainable,
  type INextable,
  JsonPath,
  Parallel,
  Pass,
  type QueryLanguage,
  type State,
  type StateGraph,
  StateMachineFragment,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { mistakesIn } from '../config/schema.ts';
import { ConfigError } from '../config/validate-config.ts';
import { duration, shown } from '../config/values.ts';
import { failAgain } from '../parts/fail-again.ts';
import { OpenCircuit } from '../parts/open-circuit.ts';
import { needsJsonPath } from '../parts/query-language.ts';
import { linkStacks } from '../parts/stack-links.ts';
import type { CircuitFunction } from './circuit-function.ts';

/**
 * The props of a {@link CircuitGuard}.
 *
 * @example
 * import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions';
 * declare const charge: IChainable;
 * const props: CircuitGuardProps = {
 *   dependency: 'payments',
 *   circuits: pipeline.circuitFunction,
 *   guarded: charge,
 *   tenantPath: '$.tenant',
 * };
 * new CircuitGuard(stack, 'Payments', props);
 */
export interface CircuitGuardProps {
  /** Name of a dependency that the config registers. */
  readonly dependency: string;

  /** The function that answers for the circuit: {@link ResiliencePipeline.circuitFunction}. */
  readonly circuits: CircuitFunction;

  /** The states that call the dependency. Their input is the input of the fragment. */
  readonly guarded: IChainable;

  /**
   * The states that run instead while the circuit is open. Their input is the input of the fragment. A
   * {@link ReportFailure} hands the call over to Backstop.
   * @default - waits until the circuit may be asked again, and asks again, as often as it takes
   */
  readonly whenOpen?: IChainable;

  /**
   * Path of the tenant in the input of the fragment, such as `$.tenant`, for dependencies with a circuit per tenant.
   * The input must have it.
   * @default - calls name no tenant
   */
  readonly tenantPath?: string;

  /**
   * How long the guarded block may take, 1 s to 1 day. A probe holds its place for this long.
   * @default - twice the dependency's timeout and 5 s
   */
  readonly maxDuration?: Duration;
}

/**
 * Calls a dependency from your state machine only while its circuit lets calls pass, and counts how they end. The
 * pipeline and all functions that use `circuitBreaker` share the same circuit.
 *
 * To the outside it is one state, which you can retry and catch as a whole. Its output is that of the guarded block, or
 * of `whenOpen`. If the guarded block fails, it fails with the same error and cause. Transient and throttled errors
 * count as failures of the dependency, all others as answers. If the circuit can't be asked, the call passes uncounted.
 *
 * If the machine is slow to act on the circuit's answer, it asks again before the call.
 *
 * A guarded call costs five transitions in addition to those of its block, seven if it fails. It also costs two short
 * invocations of the circuit function. While the circuit is open, `whenOpen` costs four transitions, and each wait
 * three. It needs a state machine in JSONPath. Input and output of the block together must stay within 256 KiB.
 *
 * @example
 * import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions';
 * declare const charge: IChainable;
 * declare const askForAnotherCard: IChainable;
 * declare const ship: IChainable;
 * new CircuitGuard(stack, 'Payments', {
 *   dependency: 'payments',
 *   circuits: pipeline.circuitFunction,
 *   guarded: charge,
 *   whenOpen: askForAnotherCard,
 * }).next(ship);
 */
export class CircuitGuard extends StateMachineFragment {
  readonly startState: State;
  readonly endStates: INextable[];

  /**
   * @throws ConfigError if the config has no such dependency, or if `tenantPath` or `maxDuration` is invalid; at synth,
   * if the machine is in JSONata
   */
  constructor(scope: Construct, id: string, props: CircuitGuardProps) {
    super(scope, id);
    props.circuits.settingsOf(props.dependency);
    linkStacks(this, props.circuits, `CircuitGuard ${shown(this.node.path)}`);
    const call = { dependency: props.dependency, ...tenant(props.tenantPath) };
    const guard = new Guard(this, 'Guard', {
      stateName: `${id}: guard`,
      // The permit sits beside the input, so that neither block sees it.
      parameters: { input: JsonPath.entirePayload },
      outputPath: '$[0]',
    }).branch(this.askAndCall(call, props));
    this.startState = guard;
    this.endStates = guard.endStates;
  }

  private askAndCall(call: object, props: CircuitGuardProps): IChainable {
    const leaseMs = props.maxDuration && leaseOf(props.maxDuration);
    const question = { action: 'ask', ...call, ...(leaseMs !== undefined && { leaseMs }) };
    const ask = this.task('ask the circuit', props.circuits, question, '$.circuit');
    const mayItBeCalled = new Choice(this, 'MayItBeCalled', { stateName: `${this.id}: may it be called?` });
    const admitOnStoreError = new Pass(this, 'PassUnasked', {
      stateName: `${this.id}: pass unasked`,
      parameters: { admitted: true, permit: JsonNull.INSTANCE },
      resultPath: '$.circuit',
    });
    const guarded = this.callAndReport(call, props);

    ask.addCatch(admitOnStoreError.next(guarded), { errors: [Errors.ALL], resultPath: JsonPath.DISCARD });
    const isAdmitted = Condition.booleanEquals('$.circuit.admitted', true);
    mayItBeCalled
      .when(Condition.and(isAdmitted, Condition.not(IS_LATE)), guarded)
      .when(isAdmitted, this.withdrawAndAsk(call, props.circuits, ask))
      .otherwise(props.whenOpen ? this.instead(props.whenOpen, props.dependency) : this.waitAndAsk(ask));
    return ask.next(mayItBeCalled);
  }

  private callAndReport(call: object, { circuits, guarded }: CircuitGuardProps): IChainable {
    const report = { action: 'report', ...call, 'permit.$': '$.circuit.permit' };
    const output = '$.guarded.output';
    const makeTheCall = new Parallel(this, 'Guarded', {
      stateName: `${this.id}: guarded`,
      inputPath: '$.input',
      resultSelector: { output: JsonPath.objectAt('$[0]') },
      resultPath: '$.guarded',
    }).branch(guarded);
    const reportSuccess = this.task('report the success', circuits, report, JsonNull.INSTANCE, { OutputPath: output });
    const reportFailure = this.task(
      'report the failure',
      circuits,
      { ...report, 'error.$': '$.error' },
      JsonNull.INSTANCE,
    );
    const succeededUncounted = new Pass(this, 'SucceededUncounted', {
      stateName: `${this.id}: succeeded, uncounted`,
      outputPath: output,
    });
    const { start: failed } = failAgain(this, { errorPath: '$.error', stateName: `${this.id}: failed` });

    makeTheCall.addCatch(reportFailure, { errors: [Errors.ALL], resultPath: '$.error' });
    reportSuccess.addCatch(succeededUncounted, { errors: [Errors.ALL], resultPath: JsonPath.DISCARD });
    reportFailure.addCatch(failed, { errors: [Errors.ALL], resultPath: JsonPath.DISCARD }).next(failed);
    return makeTheCall.next(reportSuccess);
  }

  /** The circuit may have opened since, and the permit may hold the place of a probe. */
  private withdrawAndAsk(call: object, circuits: CircuitFunction, ask: State): IChainable {
    const request = { action: 'withdraw', ...call, 'permit.$': '$.circuit.permit' };
    const withdraw = this.task('withdraw the late permit', circuits, request, JsonNull.INSTANCE);
    return withdraw.addCatch(ask, { errors: [Errors.ALL], resultPath: JsonPath.DISCARD }).next(ask);
  }

  private instead(whenOpen: IChainable, dependency: string): IChainable {
    return new OpenCircuit(this, 'Open', `${this.id}: the circuit is open`, dependency).next(whenOpen);
  }

  private waitAndAsk(ask: IChainable): IChainable {
    return new Wait(this, 'Wait', {
      stateName: `${this.id}: wait for the circuit`,
      time: WaitTime.timestampPath('$.circuit.retryAt'),
    }).next(ask);
  }

  private task(
    name: string,
    target: CircuitFunction,
    parameters: object,
    resultPath: string | JsonNull,
    more: object = {},
  ): CircuitTask {
    return new CircuitTask(this, `${this.id}: ${name}`, target, {
      Parameters: parameters,
      ResultPath: resultPath,
      ...more,
    });
  }
}

/** The one state that a guard is to the outside. */
class Guard extends Parallel {
  override toStateJson(queryLanguage?: QueryLanguage): object {
    needsJsonPath(`CircuitGuard ${shown(this.node.scope?.node.path)}`, queryLanguage);
    return super.toStateJson(queryLanguage);
  }
}

/** Whether the state begins after the time that the circuit's answer names. */
const IS_LATE = Condition.timestampGreaterThanJsonPath('$$.State.EnteredTime', '$.circuit.freshUntil');

/** A margin for the round trip to the function. */
const TASK_MARGIN = Duration.seconds(5);

/** Calls the circuit function. The machine may invoke that function only, not its versions. */
class CircuitTask extends CustomState {
  private readonly functionArn: string;

  constructor(scope: Construct, id: string, { functionArn, limit }: CircuitFunction, fields: object) {
    const TimeoutSeconds = limit.plus(TASK_MARGIN).toSeconds();
    super(scope, id, { stateJson: { Type: 'Task', Resource: functionArn, TimeoutSeconds, ...fields } });
    this.functionArn = functionArn;
  }

  protected override whenBoundToGraph(graph: StateGraph): void {
    super.whenBoundToGraph(graph);
    graph.registerPolicyStatement(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.functionArn] }),
    );
  }
}

const MAX_DURATION = duration(Duration.seconds(1), Duration.days(1));

/** @throws ConfigError if the block may take less than 1 s or more than a day */
function leaseOf(maxDuration: Duration): number {
  ConfigError.throwIfAny(mistakesIn(MAX_DURATION, maxDuration, 'maxDuration'));
  return maxDuration.toMilliseconds();
}

/** Prefixes the path with `$.input`, where the fragment's own states find its input. */
function tenant(path: string | undefined): object {
  if (path === undefined) return {};
  if (!/^\$[.[]/.test(path)) {
    throw new ConfigError([`tenantPath must be a path in the input such as '$.tenant', got ${shown(path)}`]);
  }
  return { 'tenant.$': `$.input${path.slice(1)}` };
}
