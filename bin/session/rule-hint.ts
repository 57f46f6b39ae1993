import { readDeadLetter } from '../../lambdas/domain/redrive/dead-letter-message.ts';
import type { DeadLetterQueue } from '../../lambdas/use-cases/redrive/queues.ts';
import { nearest } from './nearest.ts';
import { RULE_NAMES } from './why.ts';

/**
 * A hint that the name of a rule may be mistyped. Undefined if a rule has that name.
 *
 * @param seen rules of the failures that were read. The tool knows those of a config only from them.
 */
export function ruleHint(rule: string | undefined, seen: ReadonlySet<string>): string | undefined {
  if (rule === undefined || RULE_NAMES.has(rule) || seen.has(rule)) return undefined;
  const meant = nearest(rule, [...RULE_NAMES, ...seen]);
  const question = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return `The rule '${rule}' is not built in, and no failure that was read has it.${question}`;
}

/** A queue that notes the rules of the dead letters that somebody receives. */
export function notingRules(seen: Set<string>): (source: DeadLetterQueue) => DeadLetterQueue {
  return (source) => ({
    ...source,
    receive: async (limit) => {
      const messages = await source.receive(limit);
      for (const { body } of messages) {
        const deadLetter = readDeadLetter(body);
        if (deadLetter.kind !== 'other' && deadLetter.facts.rule !== undefined) seen.add(deadLetter.facts.rule);
      }
      return messages;
    },
  });
}
