import { describe, expect, it } from 'vitest';
import { failureMistakes, parseLaneMessage } from '../../../../lambdas/domain/boundary/failure-event.ts';
import { writeFailure } from '../../../../lambdas/domain/boundary/failure-json.ts';
import { BAD_FIELDS, changed, FAILURE, OPTIONS, SMALLEST } from './failure-samples.ts';

const NOBODY = {};

function mistakes(detail: unknown, options = {}): readonly string[] {
  return failureMistakes(JSON.stringify(detail), NOBODY, { ...OPTIONS, ...options }).map(({ message }) => message);
}

describe('the mistakes of a failure', () => {
  it('are none in a failure that the lane accepts', () => {
    expect(failureMistakes(writeFailure(FAILURE), NOBODY, OPTIONS)).toEqual([]);
    expect(mistakes(SMALLEST)).toEqual([]);
  });

  it('are all named at once, each with its field', () => {
    const operation = { method: 'get', path: '/../x', headers: { Cookie: 'a=b' }, ifMatch: 7 };
    expect(mistakes({ ...SMALLEST, id: 'a/b', correlationId: undefined, operation, undo: [{ name: '' }] })).toEqual([
      'id must be 1 to 64 letters, digits, ".", "_" or "-", the first a letter or a digit',
      'correlationId is missing',
      'operation.method must be one of GET, HEAD, OPTIONS, PUT, DELETE, POST, PATCH',
      'operation.path must not contain a segment of dots',
      'operation.headers must not set *cookie*',
      'operation.ifMatch must be a string of 1 to 1024 characters',
      'undo.0.name must be a string of 1 to 128 characters',
      'undo.0.dependency is missing',
      'undo.0.operation is missing',
    ]);
  });

  it('include all that the config does not accept', () => {
    const accepts = { methods: ['PUT'] as const, tenants: ['acme'], paths: ['/carts'] };
    const undo = [{ name: 's', dependency: 'ghost', operation: { method: 'DELETE', path: '/x' } }];
    const isRegistered = (name: string) => name === 'shop';
    const acceptedBy = (name: string) => (name === 'shop' ? { accepts } : undefined);
    expect(mistakes({ ...SMALLEST, undo }, { isRegistered, acceptedBy })).toEqual([
      'undo.0.dependency must be the name of a registered dependency',
      'tenant must be one that the dependency of operation accepts',
      'operation.method must be one that its dependency accepts',
    ]);
  });

  it.each([
    ['{', 'the detail is not valid JSON'],
    ['[]', 'the detail must be an object'],
    ['{"version":3}', 'version must be 1 or 2'],
    [`{"a":${'['.repeat(40)}${']'.repeat(40)}}`, 'the message nests deeper than 32 levels outside of its bodies'],
    [`{"version":2,"a":"${'x'.repeat(256 * 1024)}"}`, 'the message has more than 262144 bytes'],
  ])('are those of the whole, if nobody can read it: %.20s', (text, first) => {
    expect(failureMistakes(text, NOBODY, OPTIONS)[0]?.message).toBe(first);
  });

  it.each(BAD_FIELDS)('begin with what the lane names: %s', (_, field, value) => {
    const text = JSON.stringify(changed(field, value));
    const parsed = parseLaneMessage(text, OPTIONS);
    expect(failureMistakes(text, NOBODY, OPTIONS)[0]).toEqual(parsed.kind === 'reject' ? parsed.reason : undefined);
  });
});
