import { definitionOf, failure, type Run, run, statesOf } from '../machine-runner.ts';
import { sharedTemplates } from '../templates.ts';

export const { pipeline } = sharedTemplates();
export const definition = definitionOf(pipeline);
export const states = statesOf(definition);

export const input = {
  key: 'payments/f1',
  id: 'f1',
  cycle: 1,
  correlationId: 'c1',
  dependency: 'payments',
  deadLetterQueueUrl: 'https://queue',
  waitUntil: '2020-01-01T00:00:00Z',
};
export const fails = (name: string) => () => {
  throw failure(name);
};

/** Runs the machine with tasks that record their inputs. A list of answers applies in order. */
export function machineRun(tasks: Readonly<Record<string, (input: Record<string, unknown>) => unknown>> = {}) {
  const given: [string, unknown][] = [];
  const answers: Run['tasks'] = {
    'Attempt the operation': () => ({ outcome: 'recovered' }),
    'When may it go on?': () => ({ waitUntil: '2020-01-01T00:00:00Z' }),
    'When may the circuit be asked again?': () => ({ waitUntil: '2020-01-01T00:00:00Z' }),
    'Answer with the fallback': () => ({ outcome: 'degraded' }),
    'Resolve the conflict': () => ({ outcome: 'resolved' }),
    'When may it be resolved?': () => ({ waitUntil: '2020-01-01T00:00:00Z' }),
    'Tell a human that a decision is needed': () => ({ MessageId: 'm' }),
    'Wait for the decision': () => ({}),
    'Why did it fail?': () => ({ letter: { id: 'f1', reason: 'permanent' } }),
    'Keep as a dead letter': () => ({ MessageId: 'm' }),
    Settle: () => ({}),
    'Keep in the last resort': () => ({ MessageId: 'm' }),
    'Settle once more': ({ settlement }) => (settlement ? {} : fails('NotSettledError')()),
    ...tasks,
  };
  const noting = Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [
      name,
      (received: Record<string, unknown>) => {
        given.push([name, received]);
        return answer(received);
      },
    ]),
  );
  return { given, ran: run(definition, { input, tasks: noting }) };
}
