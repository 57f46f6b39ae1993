import { type AddCommand, example } from '../session/command.ts';
import type { RunUnderWay } from '../session/run-meeting.ts';
import { runsUnderWay } from '../session/runs-under-way.ts';
import { shortSpan } from '../session/short-span.ts';

export const addRuns: AddCommand = (dlq, open) => {
  dlq
    .command('runs')
    .description(
      'List the redrives and discards that are under way: whose, how many dead letters, and how far they are.',
    )
    .addHelpText('after', example('backstop dlq runs'))
    .action(async (_, command) => {
      const session = await open(command);
      const runs = await runsUnderWay(session);
      session.print.result(runs, (print) => {
        if (runs.length === 0) return print.line('No redrive or discard is under way.');
        const now = session.now();
        print.records(
          ['what', 'of', 'who', 'for', 'dead letters', 'why'],
          runs.map((each) => [
            each.what,
            each.of,
            each.by,
            each.at && shortSpan(now - Date.parse(each.at)),
            farOf(each),
            each.why,
          ]),
        );
      });
    });
};

/** `12 of 40 moved`. */
function farOf({ what, at, letters, moved }: RunUnderWay): string {
  if (at === undefined) return 'counting';
  if (what === 'discard') return letters === undefined ? 'discarding' : `discarding ${letters}`;
  return letters === undefined ? `${moved} moved` : `${moved} of ${letters} moved`;
}
