import { UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { type AddCommand, example } from '../desk/command.ts';
import { laneOf } from '../desk/deployment.ts';
import type { Desk } from '../desk/desk.ts';
import { isPaused } from '../desk/lane-state.ts';

interface Options {
  readonly why?: string;
  readonly by?: string;
}

/** `pause` and `resume`. */
export const addLanes: AddCommand = (program, open) => {
  for (const command of ['pause', 'resume'] as const) {
    program
      .command(command)
      .argument('<lane>', 'name of the dependency')
      .description(DESCRIPTIONS[command])
      .option('--why <text>', 'why, for the audit trail: 1 to 500 characters (required)')
      .option('--by <name>', 'who does it, 1 to 100 characters (default: who you are at AWS)')
      .addHelpText('after', example(`backstop ${command} payments --why '${EXAMPLES[command]}'`))
      .action(async (name: string, options: Options, parsed) => turn(await open(parsed), name, command, options));
  }
};

const DESCRIPTIONS = {
  pause:
    'Lets failures of a dependency wait in its lane queue: at most 4 days, then SQS deletes them. What the Recovery machine has goes on.',
  resume: 'Lets the worker take failures from the lane queue again.',
} as const;

const EXAMPLES = { pause: 'their data is being repaired', resume: 'the data is repaired' } as const;

async function turn(desk: Desk, name: string, command: 'pause' | 'resume', { why, by }: Options): Promise<void> {
  const { clients, deployment, print } = desk;
  const lane = laneOf(deployment, name);
  const pausing = command === 'pause';
  const document = { lane: name, paused: pausing };
  if ((await isPaused(clients.lambda, lane)) === pausing) {
    const already = pausing ? `${name} is paused already.` : `${name} is not paused.`;
    print.result({ ...document, changed: false }, () => print.line(already));
    return;
  }
  await desk.decide({
    action: pausing ? 'lane-paused' : 'lane-resumed',
    ...{ dependency: name, why, by },
    plan: pausing
      ? `Pauses the lane of ${name}: new failures wait in its queue, for at most 4 days. Executions of the Recovery machine go on; backstop circuits open ${name} holds those back too.`
      : `Resumes the lane of ${name}: its worker takes on what waits in the queue, at its usual pace.`,
  });
  await clients.lambda.send(new UpdateEventSourceMappingCommand({ UUID: lane.sourceId, Enabled: !pausing }));
  print.result({ ...document, changed: true }, () =>
    print.line(
      pausing
        ? `${name} is paused. To go on: backstop resume ${name}${desk.sameGlobals} --why '…'`
        : `${name} goes on.`,
    ),
  );
}
