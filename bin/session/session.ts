import { userInfo } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { confirm, isCancel } from '@clack/prompts';
import {
  type Action,
  type AuditLog,
  auditLog,
  MAX_BY_LENGTH,
  MAX_WHY_LENGTH,
} from '../../lambdas/adapters/ledger/audit-log.ts';
import type { Clock } from '../../lambdas/contract/time.ts';
import { plainText } from '../../lambdas/domain/disclosure/plain-text.ts';
import { shellWord } from '../../lambdas/domain/disclosure/shell-word.ts';
import { DEFAULT_STACK } from '../../lambdas/domain/escalation/texts.ts';
import { type Clients, createClients, isLoopback } from './clients.ts';
import { type Deployment, readDeployment } from './deployment.ts';
import { DeclinedError, UsageError } from './errors.ts';
import type { Globals, Streams } from './globals.ts';
import { Printer } from './printer.ts';

/** An action that changes something, with the operator's reason. */
interface Intention {
  readonly action: Action;
  readonly dependency?: string | undefined;
  readonly failureId?: string | undefined;
  readonly why?: string | undefined;
  readonly by?: string | undefined;
  readonly facts?: Readonly<Record<string, string | number>>;
  /** What the action will do, as the operator reads it before confirming: one line, or several. */
  readonly plan: string | readonly string[];
}

/** Everything that a command needs. */
export interface Session {
  readonly deployment: Deployment;
  readonly clients: Clients;
  readonly print: Printer;
  readonly audit: AuditLog;
  readonly now: Clock;
  /** Waits. An interruption ends the wait. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Spreads waits, 0 to 1. */
  readonly random: () => number;
  /** Aborts when the operator interrupts. */
  readonly signal: AbortSignal;
  /** Whether the deployment runs in an emulator, which has no console. */
  readonly isEmulated: boolean;
  /** Global options that a suggested command needs to reach the same deployment. */
  readonly sameGlobals: string;
  /** Who acts: the name that the operator gave, the AWS session, or the user of the machine. */
  nameOf(said: string | undefined): Promise<string>;
  /**
   * Prints the plan, asks for confirmation and writes the audit record. Returns who acts and why.
   *
   * @throws UsageError if the reason is missing
   * @throws DeclinedError if the operator declines or can't be asked
   */
  decide(intention: Intention): Promise<{ readonly by: string; readonly why: string }>;
}

interface SessionOptions {
  readonly globals: Globals;
  readonly streams: Streams;
  readonly signal: AbortSignal;
}

/** Reads the deployment and prepares everything that a command needs. */
export async function openSession({ globals, streams, signal }: SessionOptions): Promise<Session> {
  const { region, endpoint = process.env.AWS_ENDPOINT_URL, stack } = globals;
  const clients = createClients({ region, endpoint });
  const deployment = await readDeployment(clients.cloudformation, stack);
  const print = printerOf(globals, streams);
  return createSession({
    deployment,
    clients,
    print,
    signal,
    ask: asker(globals, streams),
    sameGlobals: repeated(globals),
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
  extends Pick<Session, 'deployment' | 'clients' | 'print' | 'signal' | 'sameGlobals' | 'isEmulated'> {
  readonly ask: Ask;
  readonly now?: Clock;
  readonly sleep?: Session['sleep'];
  /** @default Math.random */
  readonly random?: Session['random'];
}

export function createSession({ ask, now = Date.now, ...parts }: SessionParts): Session {
  const { clients, deployment, signal } = parts;
  const audit = auditLog({ client: clients.dynamodb, table: deployment.ledgerTable, now });
  let caller: Promise<string | undefined> | undefined;
  const principalOf = () => {
    caller ??= callerOf(clients.sts);
    return caller;
  };
  const nameOf = async (said: string | undefined): Promise<string> => {
    const by = said ?? sessionName(await principalOf()) ?? userInfo().username;
    mustFit('--by', by, MAX_BY_LENGTH);
    return by;
  };
  return {
    ...parts,
    sleep: parts.sleep ?? ((ms) => wait(ms, undefined, { signal }).catch(() => undefined)),
    random: parts.random ?? Math.random,
    audit,
    now,
    nameOf,
    async decide({ plan, why, by: said, ...act }) {
      mustGiveReason(why);
      const by = await nameOf(said);
      const principal = await principalOf();
      await ask([plan].flat().map(plainText).join('\n'));
      const { action, dependency, failureId, facts } = act;
      await audit.record({ action, by, why, dependency, failureId, principal, facts });
      return { by, why };
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

/** ARN of the caller; undefined if AWS does not return it, which must not block an operator. */
async function callerOf(sts: STSClient): Promise<string | undefined> {
  try {
    return (await sts.send(new GetCallerIdentityCommand())).Arn;
  } catch {
    return undefined;
  }
}

/** `alice` of `arn:aws:sts::123456789012:assumed-role/Operators/alice`. */
function sessionName(arn: string | undefined): string | undefined {
  return arn === undefined || !/:(assumed-role|user)\//.test(arn) ? undefined : arn.slice(arn.lastIndexOf('/') + 1);
}

function repeated({ stack, region, endpoint }: Globals): string {
  return [
    stack === DEFAULT_STACK ? '' : ` --stack ${shellWord(stack)}`,
    region === undefined ? '' : ` --region ${shellWord(region)}`,
    endpoint === undefined ? '' : ` --endpoint ${shellWord(endpoint)}`,
  ].join('');
}

function asker({ yes = false }: Pick<Globals, 'yes'>, { stdin, stderr }: Streams): Ask {
  return async (plan) => {
    stderr.write(`${plan}\n`);
    if (yes) return;
    if (!stdin.isTTY || !stderr.isTTY) {
      throw new DeclinedError('Nothing was done: no terminal to confirm on. Pass --yes to proceed.');
    }
    const answer = await confirm({ message: 'Proceed?', initialValue: false, input: stdin, output: stderr });
    if (isCancel(answer) || !answer) throw new DeclinedError('Nothing was done.');
  };
}
