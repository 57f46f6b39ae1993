import { setTimeout as wait } from 'node:timers/promises';
import { remoteDesk } from '../../lambdas/adapters/operator/remote-desk.ts';
import { DEFAULT_STACK } from '../../lambdas/contract/command-line.ts';
import type { Clock } from '../../lambdas/contract/time.ts';
import { plainText } from '../../lambdas/domain/disclosure/plain-text.ts';
import { shellWord } from '../../lambdas/domain/disclosure/shell-word.ts';
import { type ActFacts, MAX_NAME_LENGTH, MAX_WHY_LENGTH } from '../../lambdas/domain/operator/act.ts';
import type { Desk } from '../../lambdas/use-cases/operator/desk.ts';
import { awsClock } from './aws-clock.ts';
import { type Clients, createClients, isLoopback } from './clients.ts';
import { type Deployment, readDeployment } from './deployment.ts';
import { actEndOf, DeclinedError, UsageError } from './errors.ts';
import type { Globals, Streams } from './globals.ts';
import { Printer } from './printer.ts';
import { type Progress, progressOn } from './progress.ts';
import { startOf } from './tool-name.ts';

/** An action that changes something, as the operator reads it before confirming. */
interface Intention {
  /** One line, or several. */
  readonly plan: string | readonly string[];
  readonly why?: string | undefined;
  readonly by?: string | undefined;
}

/** What the operator says about an action. AWS says who the operator is. */
export interface Said {
  /** A name of their own, to show beside that of their AWS identity. */
  readonly name?: string | undefined;
  readonly why: string;
}

/** An action of several steps. */
interface LongIntention extends Intention {
  readonly action: 'redrive' | 'discard';
  readonly dependency?: string | undefined;
  readonly failureId?: string | undefined;
  readonly facts?: ActFacts;
}

/** An action of several steps that is on record. */
export interface BegunAct {
  /** Id of its record. */
  readonly act: string;
  /** Who acts, as texts show it. */
  readonly by: string;
  readonly why: string;
  /** Adds results to the record of its end. */
  readonly note: (results: ActFacts) => void;
}

/** Completes the words of a command, such as `dlq ls`. */
export type CommandLine = (words: string) => string;

/** Everything that a command needs. */
export interface Session {
  readonly deployment: Deployment;
  readonly clients: Clients;
  readonly print: Printer;
  /** Takes all writes. */
  readonly desk: Desk;
  /** The time of AWS, which messages and entries have, too. */
  readonly now: Clock;
  /** Waits. An interruption ends the wait. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Spreads waits, 0 to 1. */
  readonly random: () => number;
  /** Shows the progress of a long command. @param total number of items to process; 0 if unknown */
  readonly progress: (total: number) => Progress;
  /** Aborts when the operator interrupts. */
  readonly signal: AbortSignal;
  /** Whether the deployment runs in an emulator, which has no console. */
  readonly isEmulated: boolean;
  /**
   * A command to run next, which works as pasted: with the name of the tool, and options that reach the same
   * deployment.
   */
  readonly command: CommandLine;
  /** The operator's own name, if any. @throws UsageError if it is empty or too long */
  nameOf(said: string | undefined): string | undefined;
  /**
   * Prints the plan and asks for confirmation.
   *
   * @throws UsageError if the reason is missing
   * @throws DeclinedError if the operator declines or can't be asked
   */
  confirm(intention: Intention): Promise<Said>;
  /** Confirms an action of several steps, records its begin, does it, and records how it ended. */
  act<T>(intention: LongIntention, work: (act: BegunAct) => Promise<T>): Promise<T>;
}

interface SessionOptions {
  readonly globals: Globals;
  readonly streams: Streams;
  readonly signal: AbortSignal;
  /** What starts the tool. @default `backstop` */
  readonly tool?: string;
  /** Credentials for an emulator. @default - those that may do everything */
  readonly credentials?: Parameters<typeof createClients>[0]['credentials'];
}

/** Reads the deployment and prepares everything that a command needs. */
export async function openSession({ globals, streams, signal, tool, credentials }: SessionOptions): Promise<Session> {
  const { region, profile, endpoint = process.env.AWS_ENDPOINT_URL, stack } = globals;
  const clock = awsClock();
  const clients = createClients({ region, profile, endpoint, credentials, clock });
  const deployment = await readDeployment(clients, stack);
  const print = printerOf(globals, streams);
  return createSession({
    deployment,
    clients,
    print,
    signal,
    now: clock.now,
    desk: remoteDesk({
      url: deployment.operatorUrl,
      region: clients.cloudformation.config.region,
      credentials: clients.cloudformation.config.credentials,
      sleep: wait,
      now: clock.now,
    }),
    ask: asker(globals, streams, print),
    command: commandsOf(startOf(tool, deployment), globals),
    isEmulated: endpoint !== undefined && isLoopback(endpoint),
  });
}

export function printerOf(
  { json = false, color }: Pick<Globals, 'json' | 'color'>,
  { stdout, stderr }: Streams,
): Printer {
  const colors = color && stdout.isTTY === true && !process.env.NO_COLOR;
  return new Printer({ stdout, stderr, json, colors });
}

/** Prints the plan and asks for confirmation. @throws DeclinedError if the operator declines or can't be asked */
type Ask = (plan: string) => Promise<void>;

interface SessionParts
  extends Pick<Session, 'deployment' | 'clients' | 'desk' | 'print' | 'signal' | 'command' | 'isEmulated'> {
  readonly ask: Ask;
  readonly now?: Clock;
  readonly sleep?: Session['sleep'];
  /** @default Math.random */
  readonly random?: Session['random'];
  /** @default - a line on the terminal */
  readonly progress?: Session['progress'] | undefined;
}

export function createSession({ ask, now = Date.now, ...parts }: SessionParts): Session {
  const { desk, print, signal } = parts;
  const nameOf = (said: string | undefined): string | undefined => {
    if (said !== undefined) mustFit('--by', said, MAX_NAME_LENGTH);
    return said;
  };
  const confirmed = async ({ plan, why, by }: Intention): Promise<Said> => {
    mustGiveReason(why);
    const name = nameOf(by);
    await ask([plan].flat().map(plainText).join('\n'));
    return { name, why };
  };
  return {
    ...parts,
    sleep: parts.sleep ?? ((ms) => wait(ms, undefined, { signal }).catch(() => undefined)),
    random: parts.random ?? Math.random,
    progress: parts.progress ?? ((total) => progressOn(process.stderr, total, print.isJson)),
    now,
    nameOf,
    confirm: confirmed,
    async act({ action, dependency, failureId, facts, ...intention }, work) {
      const said = await confirmed(intention);
      const { act, by } = await desk('begin', { ...said, action, dependency, failureId, facts });
      let results: ActFacts = {};
      const note = (more: ActFacts) => {
        results = { ...results, ...more };
      };
      let problem: unknown;
      try {
        return await work({ act, by, why: said.why, note });
      } catch (error) {
        problem = error;
        throw error;
      } finally {
        await desk('end', { act, ...actEndOf(problem), facts: results }).catch(({ message }: Error) =>
          print.note(`The audit log does not say how this ended: ${message}`),
        );
      }
    },
  };
}

/** @throws UsageError if the reason is missing, empty or too long */
function mustGiveReason(why: string | undefined): asserts why is string {
  if (why === undefined) throw new UsageError("--why is missing: give a reason, for example --why 'the bank is back'");
  mustFit('--why', why, MAX_WHY_LENGTH);
}

function mustFit(option: string, text: string, most: number): void {
  if (text.trim() !== '' && text.length <= most) return;
  throw new UsageError(`${option} must be 1 to ${most} characters, got ${text.trim() === '' ? 'none' : text.length}`);
}

/** Completes commands for the same deployment. */
export function commandsOf(
  tool = 'backstop',
  { stack, region, profile, endpoint }: Pick<Globals, 'stack' | 'region' | 'profile' | 'endpoint'>,
): CommandLine {
  const globals = { stack: stack === DEFAULT_STACK ? undefined : stack, region, profile, endpoint };
  const said = Object.entries(globals).flatMap(([name, value]) =>
    value === undefined ? [] : ` --${name} ${shellWord(value)}`,
  );
  return (words) => `${tool} ${words}${said.join('')}`;
}

/** What shows a plan on the terminal and asks there. */
export function asker(
  { yes = false }: Pick<Globals, 'yes'>,
  { stdin, stderr }: Streams,
  print: Pick<Printer, 'note'>,
): Ask {
  return async (plan) => {
    for (const line of plan.split('\n')) print.note(line);
    if (yes) return;
    if (!stdin.isTTY || !stderr.isTTY) {
      throw new DeclinedError('Nothing was done: no terminal to confirm on. Pass --yes to proceed.');
    }
    // Few commands ask, and this takes as long to load as all the rest of a session.
    const { confirm, isCancel } = await import('@clack/prompts');
    const answer = await confirm({ message: 'Proceed?', initialValue: false, input: stdin, output: stderr });
    if (isCancel(answer) || !answer) throw new DeclinedError('Nothing was done.');
  };
}
