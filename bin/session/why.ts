import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import type { Verdict } from '../../lambdas/contract/verdict.ts';
import { RULES } from '../../lambdas/domain/classification/rules.ts';
import type { Cell } from './printer.ts';

const BUILT_IN: ReadonlySet<string> = new Set(RULES.map(({ name }) => name));
/** Not rules, but what Backstop itself has noted. */
const NOTES: Readonly<Record<string, string>> = {
  interrupted: 'the call was cut off',
  'idempotency-key-expired': 'the dependency may have forgotten the idempotency key of the first call',
  redriven: 'redriven, not called again yet',
  compared: 'a conflict was compared',
  'resolver-failed': 'your resolver function failed',
};

/** Names of rules that a failure may have, whatever the config says. */
export const RULE_NAMES: ReadonlySet<string> = new Set([...BUILT_IN, ...Object.keys(NOTES)]);

/** Where the rule stands that judged an error: its line in the documents, or your config. */
export function ruleLink(rule: string): string | undefined {
  return BUILT_IN.has(rule) ? `docs/classification.md#${rule}` : undefined;
}

interface Why extends Pick<LedgerEntry, 'excerpt'> {
  readonly verdict: Pick<Verdict, 'kind' | 'category' | 'rule'>;
}

/** Rows that say why a failure failed: the excerpt of its error, the verdict, and the rule with its link. */
export function whyRows({ excerpt, verdict }: Why): Cell[][] {
  const { kind, category, rule } = verdict;
  const origin = ruleLink(rule) ?? NOTES[rule] ?? 'a rule of your config';
  return [
    ...(excerpt === undefined ? [] : [['error', { text: excerpt, style: 'yellow' } as const]]),
    ['last verdict', `${kind} (${category}), rule ${rule}`],
    ['rule', origin],
  ];
}
