import type { LedgerEntry, TrailStep } from '../../lambdas/contract/ledger-entry.ts';
import { iso } from '../../lambdas/contract/time.ts';
import { shellWord } from '../../lambdas/domain/disclosure/shell-word.ts';
import { stepReports } from '../../lambdas/domain/undo/compensation.ts';
import { type Advice, adviceOn } from '../session/advice.ts';
import { type AddCommand, example } from '../session/command.ts';
import { deadLetterCount, lanesOf, lookAt, type Row, rowOf } from '../session/dead-letters.ts';
import { NotFoundError } from '../session/errors.ts';
import { addOwner, failureOf, lettersOf, type Owner } from '../session/failures.ts';
import { operationOf, type RevealOptions, type ShownOperation } from '../session/operation.ts';
import { failureId } from '../session/options.ts';
import { type Cell, type Printer, shortTime } from '../session/printer.ts';
import type { Session } from '../session/session.ts';
import { shortSpan } from '../session/short-span.ts';
import { ruleLink, whyRows } from '../session/why.ts';

export const addShow: AddCommand = (dlq, open) => {
  addOwner(dlq.command('show').argument('<failure>', 'failure id', failureId))
    .description(
      'Show why a failure became a dead letter, its history, its operation with sensitive values masked, and what to do.',
    )
    .option('--reveal', 'show the operation without masks; needs --why and a permission of its own')
    .option('--why <text>', 'reason to reveal it, for the audit log, 1 to 500 characters')
    .option('--by <name>', 'a name to show beside your AWS identity, 1 to 100 characters')
    .addHelpText(
      'after',
      example(
        'backstop dlq show order-1-charge',
        "backstop dlq show order-1-charge --reveal --why 'which account is it?'",
      ),
    )
    .action(async (id: string, options: Options, command) => show(await open(command), id, options));
};

/** Where the dead letter may be that no queue has shown. */
function whereItIs({ hidden = 0, isDenied = false }: Pick<Found, 'hidden' | 'isDenied'>): readonly string[] {
  if (isDenied) return ['  AWS does not let you look into the dead-letter queues, so its dead letter is not shown.'];
  return hidden > 0
    ? [`  Its dead letter may be among the ${hidden} that another reader hides: try again in some minutes.`]
    : [
        '  Its dead letter is gone: SQS deletes dead letters after 14 days.',
        '  Discard the failure, or see "A deleted dead letter" in the runbook.',
      ];
}

interface Options extends Owner, RevealOptions {}

interface Found {
  readonly id: string;
  readonly entry?: LedgerEntry;
  readonly deadLetter?: Row;
  /** The queue that holds the dead letter: the lane's dead-letter queue or the parked queue. */
  readonly queue?: string;
  /** Messages of its queues that another reader hides. It may be among them. */
  readonly hidden?: number;
  /** Whether AWS refused to show messages of its queues. */
  readonly isDenied?: boolean;
}

interface Shown extends Found, ShownOperation {
  readonly isRevealed: boolean;
}

async function show(session: Session, id: string, { reveal = false, why, by, ...owner }: Options): Promise<void> {
  const place = await find(session, id, owner);
  const { entry, deadLetter, queue, hidden = 0 } = place;
  if (!entry && !deadLetter)
    throw new NotFoundError(
      hidden > 0
        ? `The ledger has no '${id}', and another reader hides ${deadLetterCount(hidden)}: try again in some minutes.`
        : `Neither the ledger nor any dead-letter queue has '${id}'.`,
    );
  const operation = entry && (await operationOf(session, entry, { reveal, why, by }));
  const found: Shown = { ...place, ...operation, isRevealed: reveal };
  const document = documentOf(found, session);
  session.print.result(document, (print) => {
    print.heading(`${id}  ${headline(found, session.now())}`);
    print.table(['', ''], factsOf(found, session.now()));
    print.line();
    if (entry) {
      print.records(['when', 'step', 'facts'], entry.trail.map(stepCells));
      print.line();
      tellUndo(entry, print);
      tellOperation(found, print);
    }
    if (queue === undefined && entry?.outcome === 'dead-lettered')
      for (const line of whereItIs(place)) print.line(line);
    if (document.advice) print.paragraph(document.advice.text);
    for (const command of document.commands) print.line(`  next: ${command}`);
  });
}

async function find(session: Session, id: string, owner: Owner): Promise<Found> {
  const entry = await failureOf(session, id, owner);
  const isOver = entry !== undefined && entry.outcome !== 'dead-lettered';
  if (isOver) return { id, entry };
  const lanes = session.deployment.lanes.some(({ name }) => name === entry?.dependency)
    ? lanesOf(session, entry?.dependency)
    : session.deployment.lanes;
  const queues = [
    ...lanes.map(({ name, deadLetterQueueUrl }) => [name, deadLetterQueueUrl] as const),
    ['parked', session.deployment.parkedQueueUrl] as const,
  ];
  // In parallel: it takes seconds to know that a queue is empty.
  const seen = await Promise.all(
    queues.map(async ([queue, url]) => {
      const filter = entry ? lettersOf(entry) : { ids: [id], ...owner };
      // A reader may count the messages of a queue, but not receive them.
      const seen = await lookAt(session, url, { filter }).catch(unlessDenied);
      const [deadLetter] = seen?.found.map(rowOf).toSorted((a, b) => (b.cycle ?? 0) - (a.cycle ?? 0)) ?? [];
      return { queue, deadLetter, hidden: seen?.hidden ?? 0, isDenied: seen === undefined };
    }),
  );
  const hidden = seen.reduce((sum, each) => sum + each.hidden, 0);
  const { queue, deadLetter } = seen.find((each) => each.deadLetter !== undefined) ?? {};
  return { id, queue, deadLetter, hidden, entry, isDenied: seen.some(({ isDenied }) => isDenied) };
}

function unlessDenied(error: Error): undefined {
  if (!/^AccessDenied/.test(error.name)) throw error;
}

function documentOf(found: Shown, session: Session) {
  const { id, entry, deadLetter, queue, compensation, operation, answer, undos, unshownBody, isRevealed } = found;
  const advice = adviceFor(found);
  return {
    id,
    queue,
    letter: deadLetter && { ...deadLetter, at: iso(deadLetter.at) },
    dependency: entry?.dependency,
    tenant: entry?.tenant,
    correlationId: entry?.correlationId,
    state: entry?.state,
    outcome: entry?.outcome,
    reason: entry?.reason,
    cycle: entry?.cycle,
    attempts: entry?.attempts,
    edited: entry?.edited,
    verdict: entry?.verdict,
    ruleLink: entry && ruleLink(entry.verdict.rule),
    excerpt: entry?.excerpt,
    compensation,
    trail: entry?.trail,
    operation,
    answer,
    undos,
    revealed: isRevealed,
    unshownBody,
    undo: entry?.undo && stepReports(entry.undo),
    advice,
    commands: commandsFor(found, session, advice),
  };
}

function adviceFor({ entry, deadLetter, queue, compensation }: Shown): Advice | undefined {
  if (entry && entry.outcome !== 'dead-lettered') return undefined;
  return adviceOn({
    reason: entry?.reason ?? deadLetter?.reason,
    compensation: entry ? compensation : deadLetter?.compensation,
    isParked: queue === 'parked',
    mayBeDone: mayBeDone(entry),
  });
}

/** Whether a call may have taken effect, and no look-up can tell any more. An edit and a redrive are refused then. */
function mayBeDone(entry: Found['entry']): boolean {
  return entry?.uncertain === 'attempt' || entry?.uncertain === 'reported';
}

function commandsFor({ id, entry, queue }: Found, { command }: Session, advice: Advice | undefined): readonly string[] {
  if (!advice) return [command(`trace ${id}`)];
  // A sender to the queue chooses what a dead letter says, so only the queue tells the lane.
  const redrive = queue === 'parked' ? `--parked ${id}` : `${shellWord(entry?.dependency ?? queue ?? '')} --id ${id}`;
  return [
    ...(entry?.reason === 'permanent' && !mayBeDone(entry) && !entry.undo
      ? [command(`dlq edit ${id} --patch FILE --why '…'`)]
      : []),
    ...(advice.redrive && queue !== undefined ? [command(`dlq redrive ${redrive} --why '…'`)] : []),
    command(`dlq discard ${id} --why '…'`),
  ];
}

function headline({ entry, deadLetter, queue }: Found, now: number): string {
  if (entry && entry.outcome !== 'dead-lettered')
    return entry.outcome === undefined ? 'in progress' : `settled: ${entry.outcome}`;
  const where =
    queue === 'parked' ? 'parked' : queue === undefined ? 'dead-lettered' : `in the dead-letter queue of ${queue}`;
  const since = deadLetter?.at ?? Date.parse(entry?.settledAt ?? iso(now));
  return `${where}, for ${shortSpan(now - since)}: ${entry?.reason ?? deadLetter?.reason ?? 'never stored'}`;
}

function factsOf({ entry, deadLetter, compensation }: Shown, now: number): Cell[][] {
  if (!entry) {
    return [
      ['dependency', deadLetter?.dependency],
      ['correlation id', deadLetter?.correlationId],
      ['in the ledger', 'no record: never stored, or expired'],
    ];
  }
  const { dependency, tenant, correlationId, cycle, attempts, edited, occurredAt, conflict } = entry;
  return [
    ['dependency', `${dependency}${tenant === undefined ? '' : `, tenant ${tenant}`}`],
    ['correlation id', correlationId],
    ...whyRows(entry),
    [
      'attempts',
      `${attempts} in cycle ${cycle}${edited ? `, operation edited ${edited === 1 ? 'once' : `${edited} times`}` : ''}`,
    ],
    ['undo', compensation],
    ...(conflict?.end ? [['conflict', conflict.end]] : []),
    ['occurred', `${shortTime(occurredAt)}, ${shortSpan(now - Date.parse(occurredAt))} ago`],
  ];
}

function stepCells({ at, step, ...facts }: TrailStep): Cell[] {
  const told = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : `${name} ${value}`,
  );
  return [shortTime(at), step, { items: told }];
}

function tellUndo({ undo }: LedgerEntry, print: Printer): void {
  if (!undo) return;
  print.records(
    ['completed step', 'dependency', 'undo', 'reason', 'attempts'],
    stepReports(undo).map(({ name, dependency, state, because, attempts }) => [
      name,
      dependency,
      { text: state, style: state === 'done' ? 'green' : 'red' },
      because,
      attempts,
    ]),
  );
  print.line();
}

function tellOperation(shown: Shown, print: Printer): void {
  const { operation, answer, undos = [], unshownBody, problem, isRevealed } = shown;
  const how = isRevealed ? 'revealed, which is on record' : 'sensitive values masked';
  if (problem !== undefined) {
    print.paragraph(`Can't show the operation: ${problem}`);
    print.line();
    return;
  }
  if (answer !== undefined) {
    print.line(`  answer of the fallback (${how}):`);
    tellJson(answer, print);
  }
  if (operation === undefined) {
    print.line('  The operation is no longer stored.');
    return;
  }
  print.line(`  operation (${how}):`);
  tellJson(operation, print);
  if (unshownBody !== undefined) print.paragraph(`Not shown: ${unshownBody}`);
  if (undos.length > 0) {
    print.line('  completed steps, with the operation that undoes each:');
    tellJson(undos, print);
  }
}

function tellJson(value: unknown, print: Printer): void {
  for (const line of JSON.stringify(value, undefined, 2).split('\n')) print.code(`    ${line}`);
  print.line();
}
