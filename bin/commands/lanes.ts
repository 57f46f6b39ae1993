import { type AddCommand, example } from '../session/command.ts';
import { laneOf } from '../session/deployment.ts';
import { isPaused } from '../session/lane-state.ts';
import type { Session } from '../session/session.ts';

interface Options {
  readonly why?: string;
  readonly by?: string;
}

/** `pause` and `resume`. */
export const addLanes: AddCommand = (program, open) => {
  for (const command of ['pause', 'resume'] as const) {
    program
      .command(command)
      .argument('<dependency>', 'whose lane it is')
      .description(DESCRIPTIONS[command])
      .option('--why <text>', 'reason for the audit log, 1 to 500 characters (required)')
      .option('--by <name>', 'a name to show beside your AWS identity, 1 to 100 characters')
      .addHelpText('after', example(`backstop ${command} payments --why '${EXAMPLES[command]}'`))
      .action(async (name: string, options: Options, parsed) => turn(await open(parsed), name, command, options));
  }
};

const DESCRIPTIONS = {
  pause:
    'Pause a lane. New failures wait in its queue for up to 4 days, then SQS deletes them. Running executions of the Recovery machine continue.',
  resume: 'Resume a paused lane.',
} as const;

const EXAMPLES = { pause: 'their data is being repaired', resume: 'the data is repaired' } as const;

async function turn(session: Session, name: string, command: 'pause' | 'resume', { why, by }: Options): Promise<void> {
  const { clients, deployment, print } = session;
  const lane = laneOf(deployment, name);
  const pausing = command === 'pause';
  const document = { lane: name, paused: pausing };
  if ((await isPaused(clients.lambda, lane)) === pausing) {
    const already = pausing ? `${name} is already paused.` : `${name} is not paused.`;
    print.result({ ...document, changed: false }, () => print.line(already));
    return;
  }
  const said = await session.confirm({
    why,
    by,
    plan: pausing
      ? [
          `Pause the lane of ${name}. New failures wait in its queue for up to 4 days, then SQS deletes them.`,
          `Running executions of the Recovery machine continue; to hold those back too: ${session.command(`circuits open ${name} --why '…'`)}`,
        ]
      : `Resume the lane of ${name}. Its worker handles the waiting failures at its usual pace.`,
  });
  await session.desk('turn-lane', { ...said, lane: name, paused: pausing });
  print.result({ ...document, changed: true }, () => {
    print.line(pausing ? `${name} is paused.` : `${name} is resumed.`);
    if (pausing) print.line(`next: ${session.command(`resume ${name} --why '…'`)}`);
  });
}
