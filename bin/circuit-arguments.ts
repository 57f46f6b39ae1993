import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';

export const USAGE = `Shows a circuit, or decides for a while whether calls pass.

usage: npm run circuit -- show  CIRCUIT --table NAME
       npm run circuit -- open  CIRCUIT --table NAME --reason TEXT [--for 1h] [--by NAME]
       npm run circuit -- close CIRCUIT --table NAME --reason TEXT [--for 1h] [--by NAME]
       npm run circuit -- auto  CIRCUIT --table NAME

CIRCUIT is the name of a dependency, or dependency/tenant. open lets no call pass, close lets every call pass, auto lets
the circuit decide by itself again. --for is a number and s, m, h or d, at most 7d; --by is your user name unless you say so.
--table is the output CircuitsTableName of the stack; CIRCUITS_TABLE in the environment does as well.`;

/** A mistake of whoever called. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export type Command = { readonly circuit: string; readonly table: string } & (
  | { readonly action: 'show' | 'auto' }
  | {
      readonly action: 'open' | 'close';
      readonly reason: string;
      readonly forMs: number;
      readonly by: string;
    }
);

/** @throws UsageError where something is missing or too much */
export function readCommand(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  const [action, circuit, ...others] = positionals;
  const table = values.table ?? process.env.CIRCUITS_TABLE;
  if (action !== 'show' && action !== 'auto' && action !== 'open' && action !== 'close') {
    throw mistake(`say show, open, close or auto, got ${action === undefined ? 'nothing' : `'${action}'`}`);
  }
  if (circuit === undefined) throw mistake('CIRCUIT is missing');
  if (!/^[\w.-]{1,64}(\/[\w.-]{1,64})?$/.test(circuit)) {
    throw mistake(`CIRCUIT must be a dependency, or dependency/tenant, got '${circuit}'`);
  }
  if (others.length > 0) throw mistake(`one CIRCUIT at a time, got ${[circuit, ...others].join(' ')}`);
  if (!table) throw mistake('--table is missing');
  if (action === 'show' || action === 'auto') {
    const needless = (['reason', 'for', 'by'] as const).find((option) => values[option] !== undefined);
    if (needless) throw mistake(`--${needless} goes with open and close only`);
    return { action, circuit, table };
  }
  if (values.reason === undefined) throw mistake('--reason is missing');
  return {
    ...{ action, circuit, table, reason: values.reason },
    forMs: milliseconds(values.for ?? '1h'),
    by: values.by ?? userInfo().username,
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { table: text, reason: text, for: text, by: text },
    });
  } catch (error) {
    throw mistake((error as Error).message);
  }
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function milliseconds(text: string): number {
  const [, number, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const size = UNITS[unit];
  if (size === undefined) throw mistake(`--for must be a number and s, m, h or d, such as 30m, got '${text}'`);
  return Number(number) * size;
}

function mistake(what: string): UsageError {
  return new UsageError(`${what}\n\n${USAGE}`);
}
