/** One state, in the Amazon States Language. */
export interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Resource?: string;
  readonly Branches?: readonly Definition[];
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
  readonly Choices?: readonly ChoiceRule[];
  readonly Default?: string;
  readonly [field: string]: unknown;
}

export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly TimeoutSeconds?: number;
  readonly [field: string]: unknown;
}

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: string;
}

/** One rule of a choice: all of `And`, or one test of a variable. */
export interface ChoiceRule {
  readonly And?: readonly ChoiceRule[];
  readonly Variable?: string;
  readonly IsPresent?: boolean;
  readonly StringEquals?: string;
  readonly Next?: string;
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly ResultPath?: string | null;
}

const DATA = ['Type', 'Next', 'End', 'Comment', 'InputPath', 'OutputPath'];
const RESULT = ['Parameters', 'ResultSelector', 'ResultPath', 'Retry', 'Catch'];

/** Fields that the interpreter knows, by type of state. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Task: [...DATA, ...RESULT, 'Resource', 'TimeoutSeconds'],
  Parallel: [...DATA, ...RESULT, 'Branches'],
  Wait: [...DATA, 'TimestampPath', 'SecondsPath', 'Seconds', 'Timestamp'],
  Pass: [...DATA, 'Parameters', 'Result', 'ResultPath'],
  Choice: [...DATA, 'Choices', 'Default'],
  Succeed: DATA,
  Fail: ['Type', 'Comment', 'Error', 'ErrorPath', 'Cause', 'CausePath'],
};
const RETRIER = ['ErrorEquals', 'IntervalSeconds', 'MaxAttempts', 'BackoffRate', 'MaxDelaySeconds', 'JitterStrategy'];
const CHOICE = ['And', 'Variable', 'IsPresent', 'StringEquals', 'Next'];
const CATCHER = ['ErrorEquals', 'Next', 'ResultPath'];

/**
 * Checks that the interpreter knows every state and field, so that it ignores none.
 *
 * @throws Error that names what it does not know
 */
export function check({ StartAt, States }: Definition): void {
  requireState(StartAt, States, 'StartAt');
  for (const [name, state] of Object.entries(States)) {
    const known = FIELDS[state.Type];
    if (!known) throw new Error(`the simulation can't run the state "${name}" of type ${state.Type}`);
    refuseOthers(state, known, `the state "${name}"`);
    if (state.Next !== undefined) requireState(state.Next, States, name);
    for (const rule of state.Choices ?? []) checkChoice(rule, States, name);
    if (state.Default !== undefined) requireState(state.Default, States, name);
    for (const retrier of state.Retry ?? []) refuseOthers(retrier, RETRIER, `a retrier of "${name}"`);
    for (const catcher of state.Catch ?? []) {
      refuseOthers(catcher, CATCHER, `a catcher of "${name}"`);
      requireState(catcher.Next, States, name);
    }
    for (const branch of state.Branches ?? []) check(branch);
  }
}

function checkChoice(rule: ChoiceRule, states: Definition['States'], from: string): void {
  refuseOthers(rule, CHOICE, `a choice of "${from}"`);
  if (rule.Next !== undefined) requireState(rule.Next, states, from);
  for (const part of rule.And ?? []) checkChoice(part, states, from);
}

function refuseOthers(part: object, known: readonly string[], where: string): void {
  const unknown = Object.keys(part).filter((field) => !known.includes(field));
  if (unknown.length > 0) throw new Error(`the simulation doesn't know ${unknown.join(', ')} of ${where}`);
}

function requireState(name: string, states: Definition['States'], from: string): void {
  if (!(name in states)) throw new Error(`"${from}" leads to "${name}", which doesn't exist`);
}
