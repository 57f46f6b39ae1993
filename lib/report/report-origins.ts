import { State } from 'aws-cdk-lib/aws-stepfunctions';
import { isPlainObject } from '../../lambdas/contract/json-round-trip.ts';
import { OpenCircuit } from '../parts/open-circuit.ts';
import { ReportingState } from './reporting-state.ts';

/** What the machine of a report tells of the call that failed. */
export interface Origins {
  /** Whether the call may have been made several times: the last error says nothing of the tries before. */
  readonly isRetried: boolean;
  /** Without an error, the report follows on the open circuit of the dependency, so no call was made. */
  readonly isCircuitOpen: boolean;
}

/** A state of the machine, as far as transitions go. */
interface Step {
  readonly state: State;
  readonly json: Readonly<Record<string, unknown>>;
  readonly next: readonly string[];
  readonly catches: readonly Readonly<Record<string, unknown>>[];
}

/** States that call nothing. */
const QUIET: ReadonlySet<unknown> = new Set(['Pass', 'Wait', 'Choice']);

interface Report {
  /** The first state of the report. */
  readonly first: State;
  readonly own: ReadonlySet<State>;
  readonly dependency: string;
  readonly errorPath: string;
}

/** Reads what leads to a report, once all states of the machine are known. @param start of the report's graph */
export function originsOf(report: Report, start: State): Origins {
  const steps = State.findReachableStates(start, { includeErrorHandlers: true })
    .filter((state) => !report.own.has(state))
    .map(stepOf);
  return { isRetried: isRetried(report, steps), isCircuitOpen: isCircuitOpen(report, steps) };
}

/** By a Retry of the state that failed, or of one inside of it, or by a way back to it. */
function isRetried({ first }: Report, steps: readonly Step[]): boolean {
  const before = (id: string) => steps.filter(({ next }) => next.includes(id));
  const leading = reached(first.stateId, (id) => before(id).map(({ state }) => state.stateId));
  const failing = steps.filter(({ catches }) => catches.some(({ Next }) => leading.has(String(Next))));
  const after = (id: string) =>
    steps.filter(({ state }) => state.stateId === id).flatMap(({ next, catches }) => [...next, ...targets(catches)]);
  return failing.some(
    ({ state, json, next, catches }) =>
      retries(json) || [...next, ...targets(catches)].some((id) => reached(id, after).has(state.stateId)),
  );
}

function isCircuitOpen({ first, dependency, errorPath }: Report, steps: readonly Step[]): boolean {
  const before = (id: string) => steps.filter(({ next }) => next.includes(id));
  const isQuiet = ({ state, json }: Step) => QUIET.has(json.Type) && !(state instanceof OpenCircuit);
  const quiet = reached(first.stateId, (id) =>
    before(id)
      .filter(isQuiet)
      .map(({ state }) => state.stateId),
  );
  const sources = [...quiet].flatMap((id) => (before(id).length > 0 ? before(id) : [undefined]));
  const loud = sources.filter((step) => step === undefined || !isQuiet(step));
  const caught = steps.flatMap(({ catches }) => catches).filter(({ Next }) => quiet.has(String(Next)));
  return (
    loud.length > 0 &&
    loud.every((step) => step?.state instanceof OpenCircuit && step.state.dependency === dependency) &&
    caught.every(({ ResultPath }) => ResultPath === errorPath)
  );
}

/** The ids that are reached from one, itself included. */
function reached(from: string, onwards: (id: string) => readonly string[]): ReadonlySet<string> {
  const found = new Set([from]);
  for (const id of found) for (const further of onwards(id)) found.add(further);
  return found;
}

function stepOf(state: State): Step {
  const json = objectOf(state instanceof ReportingState ? state.transitions() : state.toStateJson());
  const choices = listIn(json, 'Choices').map(({ Next }) => Next);
  const next = [json.Next, json.Default, ...choices].filter((id) => typeof id === 'string');
  return { state, json, next, catches: listIn(json, 'Catch') };
}

function targets(catches: Step['catches']): readonly string[] {
  return catches.map(({ Next }) => String(Next));
}

/** Whether a state, or one inside of it, is tried again by the machine. */
function retries(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(retries);
  if (!isPlainObject(value)) return false;
  if (listIn(value, 'Retry').some(({ MaxAttempts }) => MaxAttempts !== 0)) return true;
  return Object.entries(value).some(([key, inner]) => key !== 'Parameters' && key !== 'Result' && retries(inner));
}

function listIn(json: Readonly<Record<string, unknown>>, key: string) {
  const list = json[key];
  return Array.isArray(list) ? list.map(objectOf) : [];
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isPlainObject(value) ? value : {};
}
