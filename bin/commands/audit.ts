import { auditRecords } from '../../lambdas/adapters/operator/audit-log.ts';
import { DAY_MS } from '../../lambdas/contract/time.ts';
import type { ActEnd } from '../../lambdas/domain/operator/act.ts';
import { type AddCommand, example } from '../session/command.ts';
import { pointInTime, whole } from '../session/options.ts';
import { type Cell, shortTime } from '../session/printer.ts';

interface Options {
  readonly since?: number;
  readonly limit: number;
}

export const addAudit: AddCommand = (program, open) => {
  program
    .command('audit')
    .description('List operator actions, latest first: who, what, why, and how each ended. Kept for 400 days.')
    .option('--since <time>', 'an age such as 7d, or a time such as 2026-03-01T12:00:00Z (default: 1d)', pointInTime())
    .option('--limit <count>', 'most actions to list, 1 to 1000', whole(1, 1_000), 100)
    .addHelpText('after', example('backstop audit --since 7d'))
    .action(async ({ since, limit }: Options, command) => {
      const { clients, deployment, now, print } = await open(command);
      const table = { client: clients.dynamodb, table: deployment.auditTable };
      const acts = await auditRecords(table, { since: since ?? now() - DAY_MS, limit });
      print.result(acts, () => {
        if (acts.length === 0) return print.line('No operator actions in this period.');
        print.records(
          ['when', 'who', 'action', 'target', 'ended', 'result', 'why'],
          acts.map(({ at, by, action, failureId, dependency, facts, why, end }) => [
            shortTime(at),
            by,
            action,
            failureId ?? facts?.circuit ?? dependency ?? '',
            end === undefined ? '' : shortTime(end.at),
            end === undefined ? 'no end' : resultOf(end),
            why ?? '',
          ]),
        );
        const principals = [...new Set(acts.map(({ principal }) => principal))];
        print.line();
        for (const principal of principals) print.line(`  ${principal}`);
      });
    });
};

function resultOf({ result, facts = {} }: ActEnd): Cell {
  const counts = Object.entries(facts).map(([name, value]) => `${name} ${value}`);
  return { items: [result, ...counts] };
}
