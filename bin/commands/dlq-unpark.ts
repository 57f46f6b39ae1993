import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import type { Survey } from '../../lambdas/use-cases/redrive/survey.ts';
import { deadLetterCount, lookAt, planFor, type WhoOptions } from '../session/dead-letters.ts';
import { DeclinedError, IncompleteError, NotFoundError } from '../session/errors.ts';
import { failureOf, lettersOf, type Owner } from '../session/failures.ts';
import { lookUnder, type RedriveLease } from '../session/redrive-lease.ts';
import type { RedriveReport } from '../session/redrive-report.ts';
import { executeRedrive } from '../session/redrive-run.ts';
import type { Route } from '../session/route.ts';
import type { Session } from '../session/session.ts';

/** Dead letters per second. */
const RATE = 5;

interface Unparking extends WhoOptions, Owner {
  readonly id: string;
  readonly lease: RedriveLease;
  readonly report: RedriveReport;
}

/** Shows what {@link unpark} would do. */
export async function previewParked(
  session: Session,
  route: Route,
  { id, ...owner }: Pick<Unparking, 'id' | keyof Owner>,
): Promise<void> {
  const entry = await deadLetteredOf(session, id, owner);
  mustBeParked(session, id, await lookAt(session, route.sourceUrl, { filter: lettersOf(entry) }));
  session.print.result({ id, cycle: entry.cycle + 1, dryRun: true }, (print) =>
    print.line(`${unparkPlan(entry)} Dry run: nothing was done.`),
  );
}

/** Allows a failure one more cycle. The ledger records it, and the lane honors it. */
export async function unpark(
  session: Session,
  route: Route,
  { id, why, by, lease, report, ...owner }: Unparking,
): Promise<void> {
  const entry = await deadLetteredOf(session, id, owner);
  const { startedAt } = lease;
  const filter = lettersOf(entry);
  const seen = await lookUnder(lease, session, route, filter);
  mustBeParked(session, id, seen);
  const { cycle, dependency, tenant } = entry;
  const intention = {
    action: 'redrive',
    dependency,
    failureId: id,
    why,
    by,
    plan: unparkPlan(entry),
    facts: { queue: route.name, cycle: cycle + 1 },
  } as const;
  await session.act(intention, async (begun) => {
    await lease.renew();
    const { cyclesAllowed } = await session.desk('allow-cycle', {
      act: begun.act,
      failure: { id, dependency, tenant },
      cycle,
    });
    if (cyclesAllowed === undefined)
      throw new DeclinedError(`${id} has just moved on. See ${session.command(`trace ${id}`)}`);
    await executeRedrive(session, route, lease, {
      begun,
      report,
      filter,
      rate: RATE,
      startedAt,
      planned: planFor(seen),
    });
  });
}

/** @throws DeclinedError if the failure has another outcome */
async function deadLetteredOf(session: Session, id: string, owner: Owner): Promise<LedgerEntry> {
  const entry = await failureOf(session, id, owner);
  if (entry?.outcome === 'dead-lettered') return entry;
  throw new DeclinedError(`${id} is no longer a dead letter. See ${session.command(`trace ${id}`)}`);
}

/** @throws NotFoundError, or IncompleteError if another reader may hide the dead letter */
function mustBeParked({ command }: Session, id: string, { found, hidden }: Survey): void {
  if (found.length > 0) return;
  if (hidden > 0)
    throw new IncompleteError(
      `Nothing was moved: another reader hides ${deadLetterCount(hidden)} of the parked queue, perhaps that of ${id}. Run the command again in some minutes.`,
    );
  throw new NotFoundError(
    `No parked dead letter of ${id}. If it is in its dead-letter queue: ${command(`dlq redrive --id ${id} --why '…'`)}`,
  );
}

function unparkPlan({ id, cycle, dependency }: LedgerEntry): string {
  return `Allow ${id} one more cycle, its ${ordinal(cycle + 1)}, and move its dead letter to the lane of ${dependency}.`;
}

function ordinal(count: number): string {
  const ending = { 1: 'st', 2: 'nd', 3: 'rd' }[count % 100 > 10 && count % 100 < 14 ? 0 : count % 10] ?? 'th';
  return `${count}${ending}`;
}
