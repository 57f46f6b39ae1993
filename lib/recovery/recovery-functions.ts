import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { RESOLVER_MS } from '../../lambdas/contract/limits.ts';
import type { DependencySettings } from '../../lambdas/contract/settings.ts';
import type { BackstopFunction, BackstopFunctionProps } from '../parts/backstop-function.ts';
import { allowCalls } from '../parts/call-permissions.ts';
import { allowItems, allowQueueKey } from '../parts/permissions.ts';
import { type Resolvers, useResolvers } from '../parts/resolvers.ts';
import { ledgerFunction, type SharedParts } from '../parts/shared-parts.ts';

interface RecoveryFunctionsProps extends SharedParts {
  readonly settings: readonly DependencySettings[];
  readonly resolvers: Resolvers;
}

interface CallerProps
  extends Pick<BackstopFunctionProps, 'handler' | 'description'>,
    Partial<Pick<BackstopFunctionProps, 'environment'>> {
  readonly called: readonly DependencySettings[];
  /** Calls per invocation. @default 1 */
  readonly callsEach?: number;
  /** Time for anything besides the calls and the bookkeeping. @default - none */
  readonly budget?: Duration;
}

/** Time of an invocation besides its calls. */
const BOOKKEEPING = Duration.seconds(10);

/** One invocation undoes several steps for up to this time, which saves transitions. */
const UNDO_BUDGET = Duration.seconds(30);

/** The functions that the Recovery machine calls. */
export class RecoveryFunctions extends Construct {
  /** Makes one attempt at an operation of any dependency. */
  readonly attempt: BackstopFunction;
  /** Makes one round of fetch, compare, resubmit at any dependency. */
  readonly resolve: BackstopFunction;
  /** Stores the task token that a human's decision completes. */
  readonly ask: BackstopFunction;
  /** Lets the fallback of any dependency answer. */
  readonly degrade: BackstopFunction;
  /** Undoes completed steps, at any dependency. */
  readonly undo: BackstopFunction;
  /** Decides the next step of a failure. */
  readonly classify: BackstopFunction;
  /** Records the outcome, or writes the dead letter. */
  readonly settle: BackstopFunction;

  constructor(scope: Construct, id: string, props: RecoveryFunctionsProps) {
    super(scope, id);
    const { ledger } = props.store;
    this.attempt = this.createAttempt(props);
    this.resolve = this.createResolve(props);
    this.ask = ledgerFunction(this, 'Ask', props, {
      canary: props.canary,
      handler: 'ask',
      description: "Stores the task token that a human's decision completes",
      timeout: Duration.seconds(5),
    });
    allowItems(this.ask, ledger, 'GetItem', 'UpdateItem');
    this.degrade = this.createDegrade(props);
    this.undo = this.createUndo(props);
    this.classify = ledgerFunction(this, 'Classify', props, {
      canary: props.canary,
      handler: 'classify',
      description: 'Decides the next step of a failure',
      timeout: Duration.seconds(15),
      environment: { RUNBOOK_URL: props.runbookUrl },
    });
    allowItems(this.classify, ledger, 'GetItem');
    this.settle = ledgerFunction(this, 'Settle', props, {
      canary: props.canary,
      handler: 'settle',
      description: 'Records the outcome of a failure, or writes its dead letter',
      timeout: Duration.seconds(20),
      environment: { RUNBOOK_URL: props.runbookUrl, EFFECTS_TABLE: props.store.effects.tableName },
    });
    allowItems(this.settle, ledger, 'GetItem', 'UpdateItem');
    allowItems(this.settle, props.store.effects, 'GetItem');
    allowQueueKey(this.settle, props.store.encryptionKey);
  }

  /** All of them. */
  get all(): readonly BackstopFunction[] {
    const { attempt, resolve, ask, classify, degrade, settle, undo } = this;
    return [attempt, resolve, ask, classify, degrade, settle, undo];
  }

  private createAttempt(props: RecoveryFunctionsProps): BackstopFunction {
    return this.createCaller('Attempt', props, {
      handler: 'attempt',
      description: 'Retries a failed operation once',
      called: props.settings,
    });
  }

  private createResolve(props: RecoveryFunctionsProps): BackstopFunction {
    const resolve = this.createCaller('Resolve', props, {
      handler: 'resolve',
      description: 'Resolves a write conflict and sends the write again',
      // Includes dependencies without a strategy today: a conflict may be older than the config, and wait for days.
      called: props.settings,
      callsEach: 2,
      budget: Duration.millis(RESOLVER_MS),
    });
    useResolvers(resolve, props.resolvers);
    return resolve;
  }

  private createDegrade(props: RecoveryFunctionsProps): BackstopFunction {
    const backups = new Set(
      props.settings.flatMap(({ fallback }) => (fallback?.kind === 'backup' ? [fallback.dependency] : [])),
    );
    return this.createCaller('Degrade', props, {
      handler: 'degrade',
      description: 'Answers with the fallback of a dependency',
      called: props.settings.filter(({ name }) => backups.has(name)),
    });
  }

  private createUndo(props: RecoveryFunctionsProps): BackstopFunction {
    return this.createCaller('Undo', props, {
      handler: 'undo',
      description: 'Undoes the completed steps of a failure that was given up',
      called: props.settings,
      budget: UNDO_BUDGET,
      environment: { DEADLINE_MS: String(props.deadline.toMilliseconds()) },
    });
  }

  /** Creates a function that may call these dependencies only. */
  private createCaller(
    id: string,
    props: RecoveryFunctionsProps,
    { called, callsEach = 1, budget = Duration.seconds(0), environment, ...about }: CallerProps,
  ): BackstopFunction {
    const { store } = props;
    // With a fresh credential, a call may run twice.
    const longestCallMs = Math.max(0, ...called.map(({ timeoutMs }) => timeoutMs));
    const caller = ledgerFunction(this, id, props, {
      ...about,
      canary: props.canary,
      network: props.network,
      timeout: Duration.seconds(Math.ceil((callsEach * 2 * longestCallMs) / 1_000))
        .plus(BOOKKEEPING)
        .plus(budget),
      environment: { EFFECTS_TABLE: store.effects.tableName, ...environment },
    });
    allowItems(caller, store.ledger, 'GetItem', 'UpdateItem');
    allowItems(caller, store.effects, 'GetItem', 'UpdateItem', 'DeleteItem');
    allowItems(caller, store.circuits, 'GetItem', 'UpdateItem');
    allowCalls(caller, called);
    props.bodies?.letRead(caller);
    return caller;
  }
}
