import { Stack } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  CustomState,
  Errors,
  Fail,
  JsonPath,
  Pass,
  Result,
  type State,
  type StateGraph,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import {
  type ResumePoint,
  SAGA_FIELD,
  type SagaDirection,
  type StepState,
} from '../../lambdas/contract/resume-points.ts';
import type { Escalations } from '../parts/escalations.ts';
import { failAgain } from '../parts/fail-again.ts';
import { publishing, sending } from '../parts/permissions.ts';
import { INTERNAL_RETRY } from '../parts/retry-policies.ts';
import type { SagaMap } from './saga-map.ts';
import { note, type SagaPart } from './saga-part.ts';

/** The ends of a failed saga. Each way to fail has its own state, with the states right before it. */
export class SagaEnds extends Construct {
  /** Fails with the error of the step, after all undos. */
  readonly undone: State;
  private readonly saga: Construct;
  private readonly parts: readonly SagaPart[];
  private readonly map: SagaMap;
  private readonly escalations: Escalations | undefined;
  private left: State | undefined;
  private stuck: State | undefined;

  constructor(saga: Construct, { parts, map, escalations }: SagaEndsProps) {
    super(saga, 'Ends');
    this.saga = saga;
    this.parts = parts;
    this.map = map;
    this.escalations = escalations;
    const stateName = this.named('failed, and undone');
    const { start, ends } = failAgain(this, { errorPath: `$.${SAGA_FIELD}.error`, stateName });
    for (const state of [start, ...ends]) map.put(state, { at: null });
    this.undone = start;
  }

  /** Alerts a human and fails: an undo failed. */
  get undoFailed(): State {
    this.left ??= this.tellAndFail({
      name: 'undo failed',
      error: 'SagaUndoFailed',
      direction: 'undo',
      summary: 'could not be undone completely',
      whatToDo: 'a-saga-that-could-not-be-undone',
    });
    return this.left;
  }

  /** Notes that a part failed at the pivot or before it. */
  failedAt(part: SagaPart): Pass {
    return this.noteStates(part, `${part.label} failed`, 'undo');
  }

  /** Notes that a part behind the pivot failed after all retries. */
  stuckAt(part: SagaPart): State {
    this.stuck ??= this.tellAndFail({
      name: 'stuck',
      error: 'SagaStuck',
      direction: 'forward',
      summary: 'is stuck behind its pivot',
      whatToDo: 'a-saga-that-is-stuck',
    });
    const noted = this.noteStates(part, `stuck at ${part.label}`, 'forward');
    noted.next(this.stuck);
    return noted;
  }

  /** Fails because the state to resume at no longer exists: the saga changed in the meantime. */
  unknownState(): State {
    const fail = new Fail(this, 'SagaStateUnknown', {
      stateName: this.named('unknown state'),
      error: 'SagaStateUnknown',
      causePath: `$.${SAGA_FIELD}.at`,
    });
    this.map.put(fail, { at: null });
    return this.tell(
      {
        name: 'unknown state',
        error: 'SagaStateUnknown',
        direction: 'undo',
        summary: 'could not resume: its state no longer exists',
        whatToDo: 'a-saga-that-stopped-halfway',
        facts: { 'at.$': `$.${SAGA_FIELD}.at` },
        isOver: true,
      },
      fail,
    );
  }

  /** Notes the state of each step. */
  private noteStates(part: SagaPart, name: string, direction: SagaDirection): Pass {
    const at = this.parts.indexOf(part);
    const stateOf = (index: number): StepState => {
      if (index === at) return 'result unknown';
      return index < at ? 'done' : 'not begun';
    };
    const notes = this.parts.map((each, index) => [each.key, note(each, stateOf(index))] as const);
    const noted = new Pass(this, `${part.key}Failed`, {
      stateName: this.named(name),
      result: Result.fromObject(Object.fromEntries(notes)),
      resultPath: `$.${SAGA_FIELD}.steps`,
    });
    this.map.target(noted, headed(direction));
    return noted;
  }

  private tellAndFail(way: Way): State {
    const { name, error, summary, direction } = way;
    const path = `$.${SAGA_FIELD}.report`;
    const text = JsonPath.format(
      `Saga ${this.saga.node.id} ${summary}: {}`,
      JsonPath.jsonToString(JsonPath.objectAt(`$.${SAGA_FIELD}.steps`)),
    );
    const fail = new Fail(this, error, { stateName: this.named(name), error, causePath: `${path}.text` });
    const report = new Pass(this, `${error}Report`, {
      stateName: this.named(`${name}: what is left?`),
      parameters: { text },
      resultPath: path,
    });
    this.map.put(fail, { at: null });
    this.map.target(report, headed(direction));
    report.next(this.tell({ ...way, facts: { 'steps.$': `$.${SAGA_FIELD}.steps` } }, fail));
    return report;
  }

  private tell({ name, error, direction, summary, whatToDo, facts, isOver }: Told, fail: Fail): State {
    const { escalations, saga } = this;
    if (!escalations) return fail;
    const runbookUrl = `${escalations.runbookUrl}#${whatToDo}`;
    const Message = {
      priority: 'P1',
      summary: `Saga ${saga.node.path} ${summary}.`,
      'execution.$': '$$.Execution.Id',
      ...facts,
      whatToDo: runbookUrl,
    };
    const Subject = `Saga ${saga.node.id} ${summary}`.slice(0, LONGEST_SUBJECT);
    const MessageAttributes = { about: { DataType: 'String', StringValue: 'saga' } };
    const tell = new PermittedTask(this, this.named(`${name}: tell a human`), publishing(escalations.topic), {
      service: 'sns:publish',
      Parameters: { TopicArn: escalations.topic.topicArn, Subject, Message, MessageAttributes },
    });
    const MessageBody = {
      saga: saga.node.path,
      'executionArn.$': '$$.Execution.Id',
      reason: error,
      runbookUrl,
      ...facts,
    };
    const keep = new PermittedTask(this, this.named(`${name}: keep the alert`), sending(escalations.lastResort), {
      service: 'sqs:sendMessage',
      Parameters: { QueueUrl: escalations.lastResort.queueUrl, MessageBody },
    });
    // Its catch may end the execution well, so nobody else would hear of it.
    tell.addRetry(INTERNAL_RETRY).addCatch(keep, CAUGHT).next(fail);
    keep.addRetry(INTERNAL_RETRY).addCatch(fail, CAUGHT).next(fail);
    for (const state of [tell, keep]) {
      if (isOver) this.map.put(state, { at: null });
      else this.map.target(state, headed(direction));
    }
    return tell;
  }

  private named(text: string): string {
    return `${this.saga.node.id}: ${text}`;
  }
}

interface SagaEndsProps {
  readonly parts: readonly SagaPart[];
  readonly map: SagaMap;
  readonly escalations: Escalations | undefined;
}

interface Way {
  readonly name: string;
  readonly error: string;
  readonly direction: SagaDirection;
  readonly summary: string;
  /** Section of the runbook. */
  readonly whatToDo: string;
}

interface Told extends Way {
  readonly facts: object;
  /** Whether no rescue could resume the saga here. @default false */
  readonly isOver?: boolean;
}

/** Omits the default direction, undo. */
function headed(direction: SagaDirection): Pick<ResumePoint, 'direction'> {
  return { direction: direction === 'undo' ? undefined : direction };
}

/** SNS limits the subject to fewer than 100 characters. */
const LONGEST_SUBJECT = 99;

const CAUGHT = { errors: [Errors.ALL], resultPath: JsonPath.DISCARD };

/** Calls a service without a Lambda function, and lets the machine do it. */
class PermittedTask extends CustomState {
  private readonly permissions: readonly PolicyStatement[];

  constructor(
    scope: Construct,
    id: string,
    permissions: readonly PolicyStatement[],
    { service, Parameters }: { readonly service: string; readonly Parameters: object },
  ) {
    const Resource = `arn:${Stack.of(scope).partition}:states:::${service}`;
    super(scope, id, { stateJson: { Type: 'Task', Resource, Parameters, ResultPath: null } });
    this.permissions = permissions;
  }

  protected override whenBoundToGraph(graph: StateGraph): void {
    super.whenBoundToGraph(graph);
    for (const statement of this.permissions) graph.registerPolicyStatement(statement);
  }
}
