import type { OperatorRoute } from '../../lambdas/contract/operator-routes.ts';
import { type AddCommand, example } from '../session/command.ts';
import type { Session } from '../session/session.ts';

export const addWhoami: AddCommand = (program, open) => {
  program
    .command('whoami')
    .description('Show the name that the audit log gives you, and what AWS lets you do: look, act, reveal.')
    .addHelpText('after', example('backstop whoami'))
    .action(async (_, command) => tell(await open(command)));
};

/** What a permission is for, and the output with the policy that grants it. */
const RIGHTS = {
  view: { may: 'look', means: 'see failures, with sensitive values masked', policy: 'ReaderPolicyArn' },
  act: { may: 'act', means: 'redrive, edit, discard, decide, and all other changes', policy: 'OperatorPolicyArn' },
  reveal: { may: 'reveal', means: 'see operations without masks, on record', policy: 'RevealPolicyArn' },
} as const satisfies Readonly<Record<OperatorRoute, object>>;

async function tell(session: Session): Promise<void> {
  const [view, act, reveal] = await Promise.all([
    nameOn('view', session),
    nameOn('act', session),
    nameOn('reveal', session),
  ]);
  const names = { view, act, reveal };
  const by = view ?? act ?? reveal;
  const may = { look: view !== undefined, act: act !== undefined, reveal: reveal !== undefined };
  session.print.result({ by, may }, (print) => {
    print.heading(by ?? 'unknown');
    print.records(
      ['you may', '', 'meaning'],
      Object.entries(RIGHTS).map(([route, { may: right, means, policy }]) => {
        const isAllowed = names[route as OperatorRoute] !== undefined;
        return [right, isAllowed ? { text: 'yes', style: 'green' } : `no: attach ${policy}`, means];
      }),
    );
  });
}

/** The caller's name; undefined if AWS doesn't let the caller use the route. */
async function nameOn(route: OperatorRoute, { desk }: Session): Promise<string | undefined> {
  try {
    return (await desk('check', { route })).by;
  } catch (error) {
    if (error instanceof Error && error.name === 'AccessDenied') return undefined;
    throw error;
  }
}
