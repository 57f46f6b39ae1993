import { paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { failuresOf, failuresWithId } from '../../lambdas/adapters/ledger/correlation.ts';
import { deadKeys, pendingKeys } from '../../lambdas/adapters/ledger/listed-failures.ts';
import type { Table } from '../../lambdas/adapters/table.ts';
import { failureName } from '../../lambdas/contract/failure-key.ts';
import type { LedgerEntry, TrailStep } from '../../lambdas/contract/ledger-entry.ts';
import { shellWord } from '../../lambdas/domain/disclosure/shell-word.ts';
import { type AddCommand, example } from '../session/command.ts';
import { consoleUrl } from '../session/console.ts';
import { sessionLedger } from '../session/dead-letters.ts';
import { NotFoundError } from '../session/errors.ts';
import { nearestFew } from '../session/nearest.ts';
import { type Cell, type Printer, type Style, shortTime } from '../session/printer.ts';
import type { Session } from '../session/session.ts';
import { stepSpan } from '../session/short-span.ts';
import { whereIs } from '../session/where-is.ts';
import { ruleLink, whyRows } from '../session/why.ts';

/** The most failures of a correlation id to show. The command only counts the rest. */
const MOST_SHOWN = 20;

export const addTrace: AddCommand = (program, open) => {
  program
    .command('trace')
    .argument('<id>', 'failure id or correlation id')
    .description('Show the history of a failure, where it is now, and links to its logs. It never shows a payload.')
    .addHelpText('after', example('backstop trace order-1-charge'))
    .action(async (id: string, _, command) => trace(await open(command), id));
};

async function trace(session: Session, sought: string): Promise<void> {
  const entries = await findEntries(session, sought);
  const groups = await logGroupsOf(session);
  const stories = entries
    .slice(0, MOST_SHOWN)
    .map((entry) => storyOf(entry, session, [...logGroupsOfLane(entry, session), ...groups]));
  session.print.result({ failures: stories, more: entries.length - stories.length }, (print) => {
    for (const [index, story] of stories.entries()) {
      if (index > 0) print.line();
      tell(story, print, session);
    }
    if (entries.length === stories.length) return;
    print.line();
    print.line(`Not shown: ${entries.length - stories.length} more with this id or correlation id.`);
  });
}

/** @throws NotFoundError if the ledger has no failure with that id or correlation id */
async function findEntries(session: Session, sought: string): Promise<readonly LedgerEntry[]> {
  const { clients, deployment } = session;
  const place = { client: clients.dynamodb, table: deployment.ledgerTable };
  const ledger = sessionLedger(session);
  const keys = [...(await failuresWithId(sought, place)), ...(await failuresOf(sought, place))];
  const found = await Promise.all([...new Set(keys)].map((key) => ledger.get(key)));
  // The ledger also stores items that are not failures.
  const entries = found.flatMap((entry) => (entry?.cycle === undefined ? [] : [entry]));
  if (entries.length > 0) return entries;
  throw new NotFoundError(
    [
      `No failure has the id or correlation id '${sought}'.`,
      ...(await similarIds(sought, deployment, place)),
      'Rejected events wait, each with its reason, in the queue:',
      deployment.rejectsQueueUrl,
    ].join('\n'),
  );
}

/** How many ids of each partition the command compares, and how many it suggests. */
const MOST_COMPARED = 1_000;
const MOST_SUGGESTED = 3;

/** Lines that suggest ids like the one that was not found, or say which ids were compared. */
async function similarIds(sought: string, { lanes }: Session['deployment'], table: Table): Promise<readonly string[]> {
  const dependencies = lanes.map(({ name }) => name);
  const found = await Promise.all([pendingKeys(table, MOST_COMPARED), deadKeys(dependencies, table, MOST_COMPARED)]);
  const ids = new Set(found.flatMap(({ keys }) => keys.flatMap((key) => failureName(key)?.id ?? [])));
  const similar = nearestFew(sought, [...ids], MOST_SUGGESTED);
  const isCut = found.some((each) => each.isCut);
  const others = isCut ? 'Others were not compared' : 'Those of ended failures were not compared';
  return [
    ...(similar.length > 0 ? [`Did you mean ${similar.join(', ')}?`] : []),
    ...(isCut || similar.length === 0
      ? [`Looked for similar ids among the ids of ${ids.size} failures under way or dead. ${others}.`]
      : []),
  ];
}

type Story = ReturnType<typeof storyOf>;

function storyOf(entry: LedgerEntry, { deployment, now, isEmulated }: Session, logGroups: readonly string[]) {
  const { id, correlationId, dependency, tenant, priority, cycle, state, tier, outcome, reason, verdict, attempts } =
    entry;
  const executionArn =
    entry.execution && `${deployment.recoveryMachineArn.replace(':stateMachine:', ':execution:')}:${entry.execution}`;
  return {
    id,
    correlationId,
    dependency,
    tenant,
    priority,
    cycle,
    state,
    tier,
    outcome,
    reason,
    attempts,
    verdict: verdict.kind,
    category: verdict.category,
    rule: verdict.rule,
    ruleLink: ruleLink(verdict.rule),
    excerpt: entry.excerpt,
    occurredAt: entry.occurredAt,
    receivedAt: entry.receivedAt,
    settledAt: entry.settledAt,
    deadline: entry.deadline,
    notBefore: entry.notBefore,
    held: entry.notBefore === undefined ? undefined : entry.held,
    where: whereIs(entry, now()),
    trail: entry.trail,
    // The AWS console can't show what an emulator runs.
    links: isEmulated
      ? undefined
      : {
          execution: executionArn && executionLink(executionArn, deployment.region),
          logs: logsLink(entry, logGroups, deployment.region),
        },
  };
}

function tell(story: Story, print: Printer, session: Session): void {
  print.heading(`${story.id}  ${story.where}`);
  const facts: Cell[][] = [
    ['dependency', `${story.dependency}${story.tenant === undefined ? '' : `, tenant ${story.tenant}`}`],
    ['correlation id', story.correlationId],
    ...whyRows({ excerpt: story.excerpt, verdict: { ...story, kind: story.verdict } }),
    ['attempts', `${story.attempts} in cycle ${story.cycle}`],
    ['priority', story.priority],
    ['occurred', `${shortTime(story.occurredAt)}, received ${shortTime(story.receivedAt)}`],
  ];
  print.table(['', ''], facts);
  print.line();
  print.records(
    ['when', 'after', 'step', 'facts'],
    story.trail.map((step, at) => rowOf(step, story.trail[at - 1])),
  );
  print.line();
  for (const [name, link] of Object.entries(story.links ?? {}))
    if (link !== undefined) print.line('  ', { name, address: link });
  for (const next of nextOf(story)) print.line(`  next: ${session.command(next)}`);
}

const STYLES: Partial<Record<TrailStep['step'], Style>> = {
  'attempt-failed': 'yellow',
  'undo-failed': 'red',
  'backup-failed': 'yellow',
  redriven: 'cyan',
};

function rowOf({ at, step, ...facts }: TrailStep, before: TrailStep | undefined): Cell[] {
  const style: Style | undefined =
    step === 'settled' ? (facts.outcome === 'dead-lettered' ? 'yellow' : 'green') : STYLES[step];
  const after = before === undefined ? '' : `+${stepSpan(Date.parse(at) - Date.parse(before.at))}`;
  const told = Object.entries(facts).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : `${name} ${value}`,
  );
  return [shortTime(at), after, style === undefined ? step : { text: step, style }, { items: told }];
}

/** Words of commands to run next. */
function nextOf({ id, where, outcome, reason, dependency }: Story): readonly string[] {
  if (where.startsWith('waits for a human')) return [`decisions show ${shellWord(id)}`];
  if (outcome !== 'dead-lettered') return [];
  if (where.startsWith('parked'))
    return [`dlq show ${shellWord(id)}`, `dlq redrive --parked ${shellWord(id)} --why '…'`];
  if (reason === 'unknown-result') return [`dlq show ${shellWord(id)}`];
  return [`dlq show ${shellWord(id)}`, `dlq redrive ${shellWord(dependency)} --id ${shellWord(id)} --why '…'`];
}

/** The lane has a stack of its own. */
function logGroupsOfLane({ dependency }: LedgerEntry, { deployment: { lanes } }: Session): readonly string[] {
  return lanes.find(({ name }) => name === dependency)?.logGroups ?? [];
}

async function logGroupsOf({ clients, deployment, print }: Session): Promise<readonly string[]> {
  const groups: string[] = [];
  try {
    const pages = paginateListStackResources({ client: clients.cloudformation }, { StackName: deployment.stack });
    for await (const { StackResourceSummaries = [] } of pages) {
      for (const { ResourceType, PhysicalResourceId } of StackResourceSummaries) {
        if (ResourceType === 'AWS::Logs::LogGroup' && PhysicalResourceId) groups.push(PhysicalResourceId);
      }
    }
  } catch (error) {
    print.note(`Can't list the log groups of the stack: ${(error as Error).name}`);
  }
  return groups;
}

function executionLink(arn: string, region: string): string {
  return `${consoleUrl(region)}/states/home?region=${region}#/v2/executions/details/${arn}`;
}

/** The most log groups that a Logs Insights query accepts. */
const MOST_GROUPS = 50;

/** Link to a Logs Insights query over the time of the failure, in the console's own notation. */
function logsLink({ id, receivedAt, settledAt }: LedgerEntry, groups: readonly string[], region: string): string {
  const editor = `fields @timestamp, message, @log\n| filter failureId = '${id}'\n| sort @timestamp`;
  const end = settledAt === undefined ? '~end~0' : `~end~'${consoleText(settledAt)}`;
  const start = `~start~'${consoleText(receivedAt)}`;
  const source = [...new Set(groups)].slice(0, MOST_GROUPS).map((group) => `~'${consoleText(group)}`);
  const timeType =
    settledAt === undefined ? "~start~-86400~timeType~'RELATIVE~unit~'seconds" : `${start}~timeType~'ABSOLUTE~tz~'UTC`;
  const detail = `~(${end.slice(1)}${timeType}~editorString~'${consoleText(editor)}~source~(${source.join('')}))`;
  const encoded = encodeURIComponent(`?queryDetail=${detail}`).replaceAll('%', '$');
  return `${consoleUrl(region)}/cloudwatch/home?region=${region}#logsV2:logs-insights${encoded}`;
}

/** Escapes a text in the console's own notation. */
function consoleText(text: string): string {
  return encodeURIComponent(text)
    .replaceAll(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
    .replaceAll(/%../g, (code) => code.replace('%', '*').toLowerCase());
}
