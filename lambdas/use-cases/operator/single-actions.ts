import { DEFAULT_CIRCUIT_POLICY } from '../../contract/circuit-policy.ts';
import { OPERATION_FAILED, OPERATOR_SOURCE } from '../../contract/events.ts';
import { failureKey } from '../../contract/failure-key.ts';
import { accordingTo } from '../../domain/boundary/failure-context.ts';
import { parseLaneMessage } from '../../domain/boundary/failure-event.ts';
import { circuitSubject } from '../../domain/circuit/circuit-key.ts';
import type { Edit } from '../../domain/redrive/edit-operation.ts';
import { forceCircuit, releaseCircuit } from '../circuit/force-circuit.ts';
import { answerQuestion } from '../conflict/answer-question.ts';
import { RefusedError } from './desk.ts';
import type { DeskPorts, Operations } from './desk-ports.ts';
import { editOf } from './edit-of.ts';
import { recorded } from './recorded.ts';
import { registered } from './registered.ts';

type SingleAction = 'force-circuit' | 'release-circuit' | 'turn-lane' | 'acknowledge' | 'decide' | 'edit' | 'send';

/** Operations that are one action each: recorded, done and ended in one request. */
export const SINGLE_ACTIONS: Operations<SingleAction> = {
  'force-circuit': ({ circuit, to, forMs, name, why }, principal, ports) => {
    const dependency = registered(circuitSubject(circuit).dependency, ports);
    const facts = { circuit, to, forMs };
    return recorded(
      { action: 'circuit-forced', dependency, principal, name, why, facts },
      async (by) => {
        const now = ports.now();
        const decision = { to, reason: why, by, until: now + forMs };
        return { by, snapshot: await forceCircuit(circuit, decision, { ...circuitContext(ports), now }) };
      },
      ports,
    );
  },

  'release-circuit': ({ circuit, name, why }, principal, ports) => {
    const dependency = registered(circuitSubject(circuit).dependency, ports);
    return recorded(
      { action: 'circuit-released', dependency, principal, name, why, facts: { circuit } },
      async (by) => ({ by, snapshot: await releaseCircuit(circuit, { ...circuitContext(ports), now: ports.now() }) }),
      ports,
    );
  },

  'turn-lane': ({ lane, paused, name, why }, principal, ports) => {
    const action = paused ? 'lane-paused' : 'lane-resumed';
    return recorded(
      { action, dependency: registered(lane, ports), principal, name, why },
      async (by) => {
        await ports.turnLane(lane, paused);
        return { by };
      },
      ports,
    );
  },

  // The record is the action: its event makes the notifier acknowledge.
  acknowledge: ({ dependency, cause, name, why }, principal, ports) => {
    if (dependency !== undefined) registered(dependency, ports);
    const acknowledges = cause === undefined ? undefined : [cause];
    return recorded(
      { action: 'incident-acknowledged', dependency, principal, name, why, acknowledges },
      async (by) => ({ by }),
      ports,
    );
  },

  decide: async ({ failure, question, choice, body, name, why }, principal, ports) => {
    const { decisions, wake } = ports;
    const { id, dependency } = failure;
    let notWoken: string | undefined;
    // The decision counts once it is in the ledger, even if the machine does not wake up.
    const tried = (token: string) =>
      wake(token).catch((error: Error) => {
        notWoken = error.name;
      });
    return recorded(
      { action: 'decide', dependency, failureId: id, principal, name, why, facts: { question, choice } },
      async (by) => {
        const decision = { id, key: failureKey(failure), question, choice, by, why, body };
        await answerQuestion(decision, { ledger: decisions, wake: tried });
        return { by, notWoken };
      },
      ports,
    );
  },

  edit: async ({ failure, cycle, number, patch, name, why }, principal, ports) => {
    const { id, dependency } = failure;
    const entry = await ports.ledger.get(failureKey(failure));
    if (entry?.cycle !== cycle) throw new RefusedError(`${id} has moved on`);
    const edit = editOf(entry, patch, ports);
    return recorded(
      { action: 'edit', dependency, failureId: id, principal, name, why, facts: factsOf(edit) },
      async (by) => {
        if (edit.number !== number) throw new RefusedError(`somebody else has just edited ${id}`);
        if (await ports.ledger.editOperation(entry, edit, { by, why })) return { by };
        throw new RefusedError(`${id} has moved on`);
      },
      ports,
    );
  },

  send: ({ detail, name }, principal, ports) => {
    const { id, dependency } = reportedFailure(detail, ports);
    return recorded(
      { action: 'send', dependency, failureId: id, principal, name },
      async (by) => {
        await ports.report(detail);
        return { by, id };
      },
      ports,
    );
  },
};

/** Forcing a circuit ignores the rest of the policy, and the outbox of the table publishes the change. */
function circuitContext({ circuits: store }: Pick<DeskPorts, 'circuits'>) {
  return { store, watcher: { changed: () => undefined, unreachable: () => undefined }, policy: DEFAULT_CIRCUIT_POLICY };
}

/** Facts of an edit for its record, with masked values. */
function factsOf({ number, fields, difference }: Edit) {
  const shown = difference.map(({ path, theirs, ours }) => ({ path, before: theirs, after: ours }));
  return { edit: number, fields: fields.join(' '), difference: JSON.stringify(shown) };
}

/** Validates an event like its lane, which gets it in the bus's envelope. @throws RefusedError */
function reportedFailure(detail: string, { dependencies, retentionMs, now, account }: DeskPorts) {
  const dependency = registered(namedDependency(detail), { dependencies });
  const envelope = JSON.stringify({ 'detail-type': OPERATION_FAILED, source: OPERATOR_SOURCE, account });
  const parsed = parseLaneMessage(`${envelope.slice(0, -1)},"detail":${detail}}`, {
    dependency,
    now: now(),
    retentionMs,
    ...accordingTo((name) => dependencies.get(name)),
  });
  if (parsed.kind === 'failure') return parsed.failure;
  const why = parsed.kind === 'reject' ? `${parsed.reason.message} (${parsed.reason.code})` : 'it is a dead letter';
  throw new RefusedError(`not sent: ${why}`);
}

function namedDependency(detail: string): string {
  try {
    return String(JSON.parse(detail).dependency);
  } catch {
    throw new RefusedError('not sent: the event is not valid JSON');
  }
}
