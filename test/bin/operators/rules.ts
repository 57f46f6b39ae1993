import { keyOf } from '../../support/samples.ts';
import { type Act, type Crew, cycleOf, isMeant } from './crew.ts';
import { type Arrival, type Cycle, DEAD_LETTERS, LANE_QUEUE, type Shift } from './shift.ts';

/** The result that a command printed. */
interface Document {
  readonly end?: string;
  readonly moved?: number;
  readonly matched?: number;
  readonly left?: number | readonly string[];
  readonly hidden?: number;
  readonly gone?: number;
  readonly discarded?: readonly string[];
  readonly isWhole?: boolean;
  readonly total?: number;
  readonly letters?: readonly Cycle[];
}

type Report = (violation: string) => void;

const sameAs =
  ({ id, cycle }: Cycle) =>
  (other: Cycle) =>
    other.id === id && other.cycle === cycle;
const nameOf = ({ id, cycle }: Cycle) => `${id} (cycle ${cycle})`;

/** Finds where a dead letter did not end as exactly one operator said, or where a summary is not true. */
export async function violations(shift: Shift, { acts }: Crew): Promise<readonly string[]> {
  const found: string[] = [];
  const inQueue = shift.sqs.allBodies(DEAD_LETTERS).map(cycleOf);
  const inLane = shift.sqs.allBodies(LANE_QUEUE).map(cycleOf);
  for (const arrival of shift.arrivals) {
    const entry = await shift.ledger.get(keyOf(arrival.id));
    const isDiscarded = entry?.outcome === 'discarded' && entry.cycle === arrival.cycle;
    const copies = [...inQueue, ...inLane].filter(sameAs(arrival)).length;
    checkFate(arrival, { isDiscarded, copies, isReopened: shift.reopened.some(sameAs(arrival)) }, acts, (text) =>
      found.push(`${nameOf(arrival)} ${text}`),
    );
  }
  for (const act of acts)
    checkSummary(act, shift.arrivals, (text) => found.push(`${act.kind} of ${act.by} at ${act.begunAt}: ${text}`));
  for (const id of new Set(acts.flatMap(({ kind, wish }) => (kind === 'edit' ? (wish.ids ?? []) : [])))) {
    const edits = acts.filter(({ kind, wish, ended }) => kind === 'edit' && wish.ids?.[0] === id && ended?.code === 0);
    const { edited = 0 } = (await shift.ledger.get(keyOf(id))) ?? {};
    const isSomebodyDead = acts.some(({ kind, ended }) => kind === 'edit' && ended === undefined);
    if (isSomebodyDead ? edited < edits.length : edited !== edits.length)
      found.push(`${id} has ${edited} edits, and ${edits.length} operators said so`);
  }
  return found;
}

interface Fate {
  readonly isDiscarded: boolean;
  readonly isReopened: boolean;
  /** Messages in any queue. */
  readonly copies: number;
}

function checkFate(
  arrival: Arrival,
  { isDiscarded, isReopened, copies }: Fate,
  acts: readonly Act[],
  report: Report,
): void {
  const senders = acts.filter(({ sent }) => sent.some(sameAs(arrival)));
  const isLeftByDead = acts.some(({ ended, kind }) => ended === undefined && kind === 'discard');
  const [alive, dead] = [senders.filter(({ ended }) => ended), senders.filter(({ ended }) => !ended)];
  const discarders = acts.filter((act) => isDiscarded && documentOf(act)?.discarded?.includes(arrival.id));
  if (copies === 0 && !isReopened && !isDiscarded) report('is lost');
  if (isReopened && isDiscarded) report('is both reopened and discarded');
  if (alive.length > 1) report(`was moved by ${alive.map(({ by }) => by).join(' and ')}`);
  if (isReopened && senders.length === 0) report('was reopened, though nobody moved it');
  if (!isReopened && !isDiscarded && alive.length > 0) report('was moved, and is not reopened');
  if (isDiscarded && alive.length > 0) report(`was moved by ${alive[0]?.by}, and is discarded`);
  if (copies > 0 && isReopened && dead.length === 0) report('was moved, and is still in a queue');
  if (discarders.length > 1) report(`was discarded by ${discarders.map(({ by }) => by).join(' and ')}`);
  if (isDiscarded && discarders.length === 0 && !isLeftByDead) report('is discarded, and nobody said so');
}

const documents = new WeakMap<object, Document>();

/** Parsed once, because the check of each dead letter asks for the documents of all acts. */
function documentOf({ ended }: Act): Document | undefined {
  if (!ended || ended.out === '') return undefined;
  const document: Document = documents.get(ended) ?? JSON.parse(ended.out);
  documents.set(ended, document);
  return document;
}

function checkSummary(act: Act, arrivals: readonly Arrival[], report: Report): void {
  const { ended, kind, sent, wish, begunAt, plannedAt = begunAt, remaining } = act;
  if (!ended) return;
  if (ended.code === 1 || ended.code === 2) report(`failed: ${ended.err}`);
  const mayMove = arrivals.filter((arrival) => isMeant(wish, arrival) && arrival.at < plannedAt);
  for (const each of sent) if (!mayMove.some(sameAs(each))) report(`moved ${nameOf(each)}, which was not planned`);
  const document = documentOf(act);
  const there = arrivals.filter((arrival) => isMeant(wish, arrival) && arrival.at < begunAt);
  const overlooked = there.filter((arrival) => remaining.some(sameAs(arrival)));
  if (kind === 'ls') checkList(document, overlooked, report);
  if (kind !== 'redrive' && kind !== 'discard') return;
  if (ended.code === 0 && overlooked[0])
    report(`says that it is done, and ${overlooked.length} are left, such as ${nameOf(overlooked[0])}`);
  if (kind === 'redrive' && document) checkRedrive(act, document, report);
}

function checkList(document: Document | undefined, there: readonly Arrival[], report: Report): void {
  const { isWhole, letters = [] } = document ?? {};
  if (!isWhole) return;
  const missing = there.filter((arrival) => !letters.some(sameAs(arrival)));
  if (missing[0]) report(`is whole, and lacks ${missing.length}, such as ${nameOf(missing[0])}`);
}

function checkRedrive({ ended, sent }: Act, document: Document, report: Report): void {
  const { moved = 0, matched = 0, hidden = 0, gone = 0 } = document;
  if (moved !== sent.length) report(`says that it moved ${moved}, and moved ${sent.length}`);
  if (ended?.code === 0 && moved < matched) report(`says that it is done, and moved ${moved} of ${matched}`);
  if (ended?.code === 5 && hidden + gone === 0) report('is incomplete, and says not why');
  if (moved + hidden + gone < matched && document.end !== undefined && ended?.code !== 4)
    report(`accounts for ${moved} + ${hidden} + ${gone} of ${matched}`);
}
