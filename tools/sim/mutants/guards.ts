import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CASES, checksOf } from '../../../test/lambdas/use-cases/ledger/stale-read-cases.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** A guard that a mutant lacks. */
export type Guard =
  /** A check of the conditional write of one method of the ledger. */
  | { readonly kind: 'check'; readonly method: string; readonly check: string }
  /** A line of code, from 1: a lease, a token, or the look at what another process did. */
  | { readonly kind: 'line'; readonly file: string; readonly line: number; readonly text: string };

/** Where lines guard a call or a record. */
const FILES = 'lambdas/use-cases/{departure.ts,{recovery,undo,fallback}/*.ts}';
/** A statement on one line that goes no further. Its errors say that somebody else is at work, or that a result is unknown. */
const GUARD =
  /^ *if \(.*\) throw new (?:BusyError|UnknownResultError|NotYetError|FallbackDueError|GaveUpError)\(.*\);$/;

export function nameOfGuard(guard: Guard): string {
  return guard.kind === 'check'
    ? `${guard.method}: ${guard.check}`
    : `${guard.file.replace('lambdas/use-cases/', '')}:${guard.line}: ${guard.text}`;
}

/** Every guard: those of the ledger from its transitions, those of the code from its text. */
export async function allGuards(): Promise<readonly Guard[]> {
  const checks = new Map<string, Guard>();
  for (const each of Object.values(CASES)) {
    const { method, checks: names } = await checksOf(each);
    for (const check of names) checks.set(`${method}: ${check}`, { kind: 'check', method, check });
  }
  return [...checks.values(), ...guardLines()];
}

function guardLines(): readonly Guard[] {
  return globSync(FILES, { cwd: ROOT })
    .toSorted()
    .flatMap((file) => {
      const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
      return lines.flatMap((text, index) =>
        GUARD.test(text) ? [{ kind: 'line' as const, file, line: index + 1, text: text.trim() }] : [],
      );
    });
}
