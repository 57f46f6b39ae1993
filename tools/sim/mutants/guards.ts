import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checksOf } from '../../../test/lambdas/use-cases/ledger/stale-read.ts';
import { CASES } from '../../../test/lambdas/use-cases/ledger/stale-read-cases.ts';
import { type Edit, termEdit } from './edits.ts';
import { TERMS } from './terms.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** A guard that a mutant lacks. */
export type Guard =
  /** A check of the conditional write of one method of the ledger. */
  | { readonly kind: 'check'; readonly method: string; readonly check: string }
  /** Code that stops: a lease, a token, or the look at what another process did. */
  | ({ readonly kind: 'edit'; readonly text: string } & Edit);

/** Where statements guard a call or a record. */
const FILES = 'lambdas/use-cases/{departure.ts,{recovery,undo,fallback,conflict,escalation,ledger}/*.ts}';
/** Errors that say that somebody else is at work, that a time has not come or is over, or that a result is unknown. */
export const ERRORS =
  'Busy|EscalationBusy|UnknownResult|NotYet|FallbackDue|GaveUp|UndoDue|UndoGoesOn|CircuitOpen|Transient|Decided';
const THROW = new RegExp(`^ *throw new (?:${ERRORS})Error\\(.*\\);$`);
const GUARD = new RegExp(`^ *if \\(.*\\) throw new (?:${ERRORS})Error\\(.*\\);$`);
const IS_OVER = /^ *if \(isOver\(.*\)\) return .*;$/;

export function nameOfGuard(guard: Guard): string {
  return guard.kind === 'check'
    ? `${guard.method}: ${guard.check}`
    : `${guard.file.replace(/^lambdas\/(?:use-cases\/)?/, '')}:${guard.line}: ${guard.text}`;
}

/** Every guard: those of the ledger from its transitions, those of the code from its text. */
export async function allGuards(): Promise<readonly Guard[]> {
  const checks = new Map<string, Guard>();
  for (const each of Object.values(CASES)) {
    const { method, checks: names } = await checksOf(each);
    for (const check of names) checks.set(`${method}: ${check}`, { kind: 'check', method, check });
  }
  return [...checks.values(), ...statements(), ...TERMS.map(term)];
}

function term(each: (typeof TERMS)[number]): Guard {
  return { kind: 'edit', text: each.name, ...termEdit(linesOf(each.file), each) };
}

function statements(): readonly Guard[] {
  return globSync(FILES, { cwd: ROOT })
    .toSorted()
    .flatMap((file) => {
      const lines = linesOf(file);
      return lines.flatMap((text, index): readonly Guard[] => {
        const count = lengthOfGuard(lines, index);
        return count === 0 ? [] : [{ kind: 'edit', file, line: index + 1, count, to: '', text: text.trim() }];
      });
    });
}

/** Number of lines of the guard that begins here; 0 if none does. */
function lengthOfGuard(lines: readonly string[], index: number): number {
  const [first = '', second = '', third = ''] = lines.slice(index);
  if (GUARD.test(first) || IS_OVER.test(first)) return 1;
  // Without the throw, a case falls through to the next.
  if (/^ *case '.*':$/.test(lines[index - 1] ?? '') && THROW.test(first)) return 1;
  if (!/^ *if \(.*\)(?: \{)?$/.test(first) || !THROW.test(second)) return 0;
  if (!first.endsWith('{')) return 2;
  return third.trim() === '}' ? 3 : 0;
}

function linesOf(file: string): readonly string[] {
  return readFileSync(join(ROOT, file), 'utf8').split('\n');
}
