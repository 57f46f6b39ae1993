import * as v from 'valibot';
import { ownMember } from '../../contract/own-member.ts';
import { acknowledgedBy } from '../../domain/escalation/acknowledged-by.ts';
import type { Act } from '../../domain/operator/act.ts';
import { letterFilter } from '../../domain/operator/operator-call.ts';
import type { DeadLetterFilter } from '../../domain/redrive/dead-letter-filter.ts';
import type { DeskPorts } from './desk-ports.ts';

/**
 * The action with the incidents that it acknowledges. If nobody can read them, it acknowledges none: an operator must
 * be able to act, and a guess may silence nobody.
 */
export async function acknowledging(act: Act, { incidents }: Pick<DeskPorts, 'incidents'>): Promise<Act> {
  const { action, dependency, failureId } = act;
  if (action === 'send' || action === 'incident-acknowledged' || dependency === undefined) return act;
  const stored = await incidents.read(dependency).catch(() => undefined);
  if (!stored) return act;
  const causes = acknowledgedBy({ action, failureId, letters: lettersOf(act) }, stored.state);
  return causes.length === 0 ? act : { ...act, acknowledges: causes };
}

const Filter = v.pipe(v.string(), v.parseJson(), letterFilter);

/** The dead letters of the lane that a redrive or a discard takes, as its facts say. */
function lettersOf({ facts = {}, dependency }: Act): DeadLetterFilter | undefined {
  const queue = ownMember(facts, 'queue');
  // An incident is about more than the dead letters of another queue, such as the parked ones.
  if (queue !== undefined && queue !== dependency) return undefined;
  const filter = v.safeParse(Filter, ownMember(facts, 'filter'));
  return filter.success ? filter.output : undefined;
}
