import { DAY_MS } from '../../lambdas/contract/time.ts';
import { type AddCommand, example } from '../session/command.ts';
import { pointInTime, whole } from '../session/options.ts';
import { shortTime } from '../session/printer.ts';

interface Options {
  readonly since?: number;
  readonly limit: number;
}

export const addAudit: AddCommand = (program, open) => {
  program
    .command('audit')
    .description('List operator actions, latest first: who, what and why. Kept for 400 days.')
    .option('--since <time>', 'an age such as 7d, or a time such as 2026-03-01T12:00:00Z (default: 1d)', pointInTime())
    .option('--limit <count>', 'most actions to list, 1 to 1000', whole(1, 1_000), 100)
    .addHelpText('after', example('backstop audit --since 7d'))
    .action(async ({ since, limit }: Options, command) => {
      const { audit, now, print } = await open(command);
      const acts = await audit.list({ since: since ?? now() - DAY_MS, limit });
      print.result(acts, () => {
        if (acts.length === 0) return print.line('No operator actions in this period.');
        print.table(
          ['when', 'who', 'action', 'target', 'why'],
          acts.map(({ at, by, action, failureId, dependency, facts, why }) => [
            shortTime(at),
            by,
            action,
            failureId ?? facts?.circuit ?? dependency ?? '',
            why,
          ]),
        );
      });
    });
};
