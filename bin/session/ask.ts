import { confirm, isCancel } from '@clack/prompts';
import { DeclinedError } from './errors.ts';
import type { Globals, Streams } from './globals.ts';

/** Prints the plan and asks for confirmation. @throws DeclinedError if the operator declines or can't be asked */
export type Ask = (plan: string) => Promise<void>;

export function asker({ yes = false }: Pick<Globals, 'yes'>, { stdin, stderr }: Streams): Ask {
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
