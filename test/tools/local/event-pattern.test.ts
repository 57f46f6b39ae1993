import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../../tools/local/event-pattern.ts';

const EVENT = {
  source: 'shop',
  'detail-type': 'Order Placed',
  detail: { id: 'A-1', total: 42, paid: true, note: null, tags: ['new', 'gift'], lines: [{ sku: 'x' }, { sku: 'y' }] },
};

describe('compilePattern', () => {
  it.each([
    ['exact text', { source: ['other', 'shop'] }, true],
    ['exact text that differs', { source: ['Shop'] }, false],
    ['number', { detail: { total: [42] } }, true],
    ['number given as text', { detail: { total: ['42'] } }, false],
    ['boolean', { detail: { paid: [true] } }, true],
    ['null', { detail: { note: [null] } }, true],
    ['all fields', { source: ['shop'], detail: { id: ['B-1'] } }, false],
    ['prefix', { detail: { id: [{ prefix: 'A-' }] } }, true],
    ['prefix without case', { detail: { id: [{ prefix: { 'equals-ignore-case': 'a-' } }] } }, true],
    ['suffix', { 'detail-type': [{ suffix: ' Placed' }] }, true],
    ['suffix that differs', { 'detail-type': [{ suffix: 'placed' }] }, false],
    ['equals-ignore-case', { source: [{ 'equals-ignore-case': 'SHOP' }] }, true],
    ['wildcard', { 'detail-type': [{ wildcard: 'Order *ced' }] }, true],
    ['wildcard takes a dot as it is', { source: [{ wildcard: 's.*' }] }, false],
    ['anything-but', { source: [{ 'anything-but': 'billing' }] }, true],
    ['anything-but a list', { source: [{ 'anything-but': ['shop', 'billing'] }] }, false],
    ['anything-but a prefix', { source: [{ 'anything-but': { prefix: 'sh' } }] }, false],
    ['anything-but of what is absent', { detail: { missing: [{ 'anything-but': ['x'] }] } }, false],
    ['exists', { detail: { id: [{ exists: true }] } }, true],
    ['exists of null', { detail: { note: [{ exists: true }] } }, true],
    ['exists of an object, which is no leaf', { detail: [{ exists: true }] }, false],
    ['exists: false', { detail: { missing: [{ exists: false }] } }, true],
    ['exists: false of what is there', { detail: { id: [{ exists: false }] } }, false],
    ['exists: false below what is absent', { missing: { deep: [{ exists: false }] } }, true],
    ['numeric', { detail: { total: [{ numeric: ['>', 0, '<=', 42] }] } }, true],
    ['numeric out of range', { detail: { total: [{ numeric: ['<', 42] }] } }, false],
    ['numeric of text', { detail: { id: [{ numeric: ['>', 0] }] } }, false],
    ['an array of which one matches', { detail: { tags: ['gift'] } }, true],
    ['an array of which none matches', { detail: { tags: ['old'] } }, false],
    ['an array of objects', { detail: { lines: { sku: ['y'] } } }, true],
    ['$or', { $or: [{ source: ['billing'] }, { detail: { total: [{ numeric: ['=', 42] }] } }] }, true],
    ['$or and others', { source: ['billing'], $or: [{ detail: { paid: [true] } }] }, false],
    ['$or of no match', { $or: [{ source: ['x'] }, { detail: { missing: [{ exists: true }] } }] }, false],
  ])('matches by %s', (_, pattern, expected) => {
    expect(compilePattern(pattern)(EVENT)).toBe(expected);
  });

  it.each([
    ['an unknown operator', { source: [{ cidr: '10.0.0.0/8' }] }, 'does not support the event pattern operator "cidr"'],
    [
      'an unknown operator within anything-but',
      { source: [{ 'anything-but': { cidr: 'x' } }] },
      'does not support the event pattern operator "cidr"',
    ],
    ['two operators in one', { source: [{ prefix: 'a', suffix: 'b' }] }, 'must stand alone'],
    ['a comparison that is none', { source: [{ numeric: ['~', 5] }] }, 'not a numeric comparison'],
    ['a value outside an array', { source: 'shop' }, 'must be an object'],
  ])('refuses %s', (_, pattern, message) => {
    expect(() => compilePattern(pattern)).toThrow(message);
  });
});
