import { userInfo } from 'node:os';
import { MAX_DAYS, MAX_NAME_LENGTH, MAX_REASON_LENGTH } from '../lambdas/shared/circuit/force-circuit.ts';
import { parse, shortText, UsageError, withUsage } from './arguments.ts';

export const USAGE = `Shows a circuit, or decides for a while whether calls pass.

usage: npm run circuit -- show  CIRCUIT --table NAME
       npm run circuit -- open  CIRCUIT --table NAME --reason TEXT [--for 1h] [--by NAME]
       npm run circuit -- close CIRCUIT --table NAME --reason TEXT [--for 1h] [--by NAME]
       npm run circuit -- auto  CIRCUIT --table NAME

CIRCUIT is the name of a dependency, or dependency/tenant where each tenant has a circuit of its own: a decision for the
dependency then holds only for calls without a tenant. open lets no call pass, close lets every call pass, auto lets
the circuit decide by itself again. --for is a number and s, m, h or d, at most 7d; --by is your user name unless you say so.
--table is the output CircuitsTableName of the stack; CIRCUITS_TABLE in the environment does as well.`;

export type Command = { readonly circuit: string; readonly table: string } & (
  | { readonly action: 'show' | 'auto' }
  | {
      readonly action: 'open' | 'close';
      readonly reason: string;
      readonly forMs: number;
      readonly by: string;
    }
);

/** Names as the config has them, and tenants as circuits have them. */
const CIRCUIT = /^[a-z][a-z0-9-]{0,39}(\/[\w.-]{1,64})?$/;

/** @throws UsageError, with the usage, where something is missing or too much */
export function readCommand(args: readonly string[]): Command {
  return withUsage(USAGE, () => read(args));
}

function read(args: readonly string[]): Command {
  const { values, positionals } = parse(args, ['table', 'reason', 'for', 'by']);
  const [action, circuit, ...others] = positionals;
  const table = values.table ?? process.env.CIRCUITS_TABLE;
  if (action !== 'show' && action !== 'auto' && action !== 'open' && action !== 'close') {
    throw new UsageError(`say show, open, close or auto, got ${action === undefined ? 'nothing' : `'${action}'`}`);
  }
  if (circuit === undefined) throw new UsageError('CIRCUIT is missing');
  if (!CIRCUIT.test(circuit)) {
    const name = 'a lower-case letter, then at most 39 lower-case letters, digits or hyphens';
    throw new UsageError(`CIRCUIT must be a dependency (${name}), or dependency/tenant, got '${circuit}'`);
  }
  if (others.length > 0) throw new UsageError(`one CIRCUIT at a time, got ${[circuit, ...others].join(' ')}`);
  if (!table) throw new UsageError('--table is missing');
  if (action === 'show' || action === 'auto') {
    const needless = (['reason', 'for', 'by'] as const).find((option) => values[option] !== undefined);
    if (needless) throw new UsageError(`--${needless} goes with open and close only`);
    return { action, circuit, table };
  }
  const reason = shortText('--reason', values.reason, MAX_REASON_LENGTH);
  const by = shortText('--by', values.by ?? userInfo().username, MAX_NAME_LENGTH);
  return { action, circuit, table, reason, by, forMs: milliseconds(values.for ?? '1h') };
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function milliseconds(text: string): number {
  const [, number, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const size = UNITS[unit];
  if (size === undefined) throw new UsageError(`--for must be a number and s, m, h or d, such as 30m, got '${text}'`);
  const ms = Number(number) * size;
  if (ms < 1_000 || ms > MAX_DAYS * 86_400_000) throw new UsageError(`--for must be 1s to ${MAX_DAYS}d, got '${text}'`);
  return ms;
}
