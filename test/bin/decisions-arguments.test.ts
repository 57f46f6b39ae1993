import { userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { readCommand } from '../../bin/decisions-arguments.ts';

describe('what npm run decisions is told', () => {
  const decide = ['decide', 'order-1', 'ours', '--table', 't', '--question', '1.1', '--why', 'w'];

  it('is complete with what has to be said', () => {
    const about = { action: 'decide', table: 't', id: 'order-1', choice: 'ours', question: '1.1' };
    const command = { ...about, why: 'w', by: userInfo().username };
    expect(readCommand(['--table', 't'])).toEqual({ action: 'list', table: 't' });
    expect(readCommand(['show', 'order-1', '--table', 't'])).toEqual({ action: 'show', table: 't', id: 'order-1' });
    expect(readCommand(decide)).toEqual(command);
    expect(readCommand([...decide, '--question', '1.2', '--by', 'ops'])).toEqual({
      ...command,
      question: '1.2',
      by: 'ops',
    });
  });

  it.each<[string, readonly string[], string]>([
    ['an action that is none', ['forget'], "say list, show or decide, got 'forget'"],
    ['no table', [], '--table is missing'],
    ['a failure to list', ['list', 'order-1', '--table', 't'], 'that is too much: order-1'],
    ['no failure', ['show', '--table', 't'], 'FAILURE is missing'],
    ['two failures', ['show', 'a', 'b', '--table', 't'], 'that is too much: b'],
    ['a failure that is none', ['show', 'a b', '--table', 't'], "FAILURE must be the id of a failure, got 'a b'"],
    ['a reason to show', ['show', 'a', '--table', 't', '--why', 'w'], '--why goes with decide only'],
    ['a question to list', ['--table', 't', '--question', '1.1'], '--question goes with decide only'],
    ['no choice', ['decide', 'a', '--table', 't', '--why', 'w'], 'CHOICE is missing'],
    ['a choice that is none', ['decide', 'a', 'mine', '--table', 't', '--why', 'w'], "got 'mine'"],
    ['no reason', ['decide', 'a', 'ours', '--table', 't'], '--why is missing'],
    ['no question', ['decide', 'a', 'ours', '--table', 't', '--why', 'w'], '--question is missing'],
    ['an empty reason', [...decide.slice(0, -1), ' '], "--why must be 1 to 500 characters, got ' '"],
    ['too long a reason', [...decide.slice(0, -1), 'w'.repeat(501)], '--why must be 1 to 500 characters, got 501'],
    ['too long a name', [...decide, '--by', 'n'.repeat(101)], '--by must be 1 to 100 characters, got 101'],
    ['a body that is not merged', [...decide, '--body', 'file'], '--body goes with merged only'],
    ['merged, and no body', ['decide', 'a', 'merged', '--table', 't', '--why', 'w'], '--body is missing'],
    ['an option that is none', [...decide, '--reason', 'r'], "Unknown option '--reason'"],
    ['too much', ['decide', 'a', 'ours', 'b', '--table', 't', '--why', 'w'], 'that is too much: b'],
  ])('is refused, with the usage, where it says %s', (_, args, message) => {
    expect(() => readCommand(args)).toThrow(message);
    expect(() => readCommand(args)).toThrow('usage: npm run decisions');
  });
});
