import type { DeadLetterFilter } from '../../lambdas/domain/redrive/dead-letter-filter.ts';
import { readDeadLetter } from '../../lambdas/domain/redrive/dead-letter-message.ts';
import type { DeadLetterQueue } from '../../lambdas/use-cases/redrive/queues.ts';
import { didYouMean } from './nearest.ts';
import { RULE_NAMES } from './why.ts';

/**
 * Values of the failures that were read, whether they match or not. The tool knows the rules of a config and the
 * tenants only from them.
 */
export interface SeenValues {
  readonly rules: Set<string>;
  readonly tenants: Set<string>;
}

export function nothingSeen(): SeenValues {
  return { rules: new Set(), tenants: new Set() };
}

/** A hint for a filter that matched nothing: a name in it may be mistyped. Undefined if something has each name. */
export function filterHint(
  { rule, tenant = '' }: Pick<DeadLetterFilter, 'rule' | 'tenant'>,
  { rules, tenants }: SeenValues,
): string | undefined {
  const hints = [
    ...(rule === undefined || RULE_NAMES.has(rule) || rules.has(rule)
      ? []
      : [
          `The rule '${rule}' is not built in, and no failure that was read has it.${didYouMean(rule, [...RULE_NAMES, ...rules])}`,
        ]),
    ...(tenant === '' || tenants.has(tenant)
      ? []
      : [`No failure that was read has the tenant '${tenant}'.${didYouMean(tenant, [...tenants])}`]),
  ];
  return hints.length === 0 ? undefined : hints.join(' ');
}

/** A queue that notes the values of the dead letters that somebody receives. */
export function noting({ rules, tenants }: SeenValues): (source: DeadLetterQueue) => DeadLetterQueue {
  return (source) => ({
    ...source,
    receive: async (limit) => {
      const messages = await source.receive(limit);
      for (const { body } of messages) {
        const deadLetter = readDeadLetter(body);
        if (deadLetter.kind === 'other') continue;
        const { rule, tenant } = deadLetter.facts;
        if (rule !== undefined) rules.add(rule);
        if (tenant !== undefined) tenants.add(tenant);
      }
      return messages;
    },
  });
}
