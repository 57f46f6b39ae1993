import { type AddCommand, example } from '../session/command.ts';
import { addDiscard } from './dlq-discard.ts';
import { addEdit } from './dlq-edit.ts';
import { addList } from './dlq-list.ts';
import { addRedrive } from './dlq-redrive.ts';
import { addRuns } from './dlq-runs.ts';
import { addShow } from './dlq-show.ts';

export const addDlq: AddCommand = (program, open) => {
  const dlq = program
    .command('dlq')
    .description('List, inspect, redrive, edit or discard dead letters.')
    .addHelpText('after', example('backstop dlq ls payments', 'backstop dlq show order-1-charge'));
  for (const add of [addList, addShow, addRedrive, addEdit, addDiscard, addRuns]) add(dlq, open);
};
