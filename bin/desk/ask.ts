import { confirm, isCancel } from '@clack/prompts';
import type { Globals, Streams } from './globals.ts';
import { DeclinedError } from './mistakes.ts';

/** Says what will be done, and lets it be done only where the operator agrees. @throws DeclinedError where not */
export type Ask = (plan: string) => Promise<void>;

export function asker({ yes = false }: Pick<Globals, 'yes'>, { stdin, stderr }: Streams): Ask {
  return async (plan) => {
    stderr.write(`${plan}\n`);
    if (yes) return;
    if (!stdin.isTTY || !stderr.isTTY) {
      throw new DeclinedError(
        'Nothing was done: there is no terminal to ask you on. Say --yes if that is what you want.',
      );
    }
    const answer = await confirm({ message: 'Do it?', initialValue: false, input: stdin, output: stderr });
    if (isCancel(answer) || !answer) throw new DeclinedError('Nothing was done.');
  };
}
