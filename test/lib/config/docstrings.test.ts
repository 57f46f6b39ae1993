import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import type { GenericSchema } from 'valibot';
import { describe, expect, it } from 'vitest';
import { alarms } from '../../../lib/config/alarm-schema.ts';
import { lambdaDependency, queueDependency, stateMachineDependency } from '../../../lib/config/aws-schema.ts';
import { httpDependency } from '../../../lib/config/http-schema.ts';
import { redrive } from '../../../lib/config/redrive-schema.ts';
import { circuit, fallback, retryBudget } from '../../../lib/config/resilience-schema.ts';
import { retry, rules } from '../../../lib/config/retry-schema.ts';
import { escalation } from '../../../lib/escalation/escalation-schema.ts';
import { auditArchive } from '../../../lib/operator/audit-archive-schema.ts';
import { pipeline } from '../../../lib/pipeline/pipeline-schema.ts';
import { defaultOf, entriesOf, metadataOf } from '../../../tools/docs/schema-docs.ts';

/** Where the docstrings of each schema are, which an editor shows. */
const TYPES: readonly (readonly [file: string, type: string, schema: GenericSchema])[] = [
  ['config/dependency-config.ts', 'CommonDependencyConfig', httpDependency],
  ['config/dependency-config.ts', 'HttpDependencyConfig', httpDependency],
  ['config/dependency-config.ts', 'LambdaDependencyConfig', lambdaDependency],
  ['config/dependency-config.ts', 'StateMachineDependencyConfig', stateMachineDependency],
  ['config/dependency-config.ts', 'QueueDependencyConfig', queueDependency],
  ['config/dependency-config.ts', 'RetryConfig', retry],
  ['config/resilience-config.ts', 'CircuitConfig', circuit],
  ['config/resilience-config.ts', 'RetryBudgetConfig', retryBudget],
  ['config/resilience-config.ts', 'FallbackConfig', fallback],
  ['config/redrive-config.ts', 'RedriveConfig', redrive],
  ['config/alarm-config.ts', 'AlarmConfig', alarms],
  ['escalation/escalation-config.ts', 'EscalationConfig', escalation],
  ['operator/audit-archive-config.ts', 'AuditArchiveConfig', auditArchive],
  ['pipeline/pipeline-props.ts', 'ResiliencePipelineProps', pipeline],
  ['../lambdas/contract/settings.ts', 'OwnRule', metadataOf(rules).element ?? rules],
];

const LIB = join(import.meta.dirname, '../../../lib');

/** The settings of a type, each with its docstring and its schema. */
const settings = TYPES.flatMap(([file, type, schema]) => {
  const [, body = ''] =
    new RegExp(`(?:interface|type) ${type}\\b(.*?)\\n[})]`, 's').exec(readFileSync(join(LIB, file), 'utf8')) ?? [];
  const members = [...body.matchAll(/\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s+readonly (\w+)/g)];
  return members.flatMap(([, text = '', name = '']) => {
    const entry = entriesOf(schema)[name];
    return entry && metadataOf(entry).meaning !== undefined ? [{ name: `${type}.${name}`, text, entry }] : [];
  });
});

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  day: 86_400_000,
  days: 86_400_000,
};

/** The quantities in a text, times in milliseconds. The first of "15 to 365 days" has the unit of the second. */
function quantities(text: string): readonly number[] {
  const found = [
    ...text
      .replaceAll(/\([^)]*\)|,(?=\d{3})/g, '')
      .matchAll(/(\d+(?:\.\d+)?)(?: (?:whole )?(ms|s|minutes|min|h|days?)\b)?(\s+to\b)?/g),
  ];
  return found.map(
    ([, value, unit, to], index) => Number(value) * (UNITS[unit ?? (to && found[index + 1]?.[2]) ?? ''] ?? 1),
  );
}

/** The default in a docstring, as docs/configuration.md has it. */
function defaultIn(text: string): string | number | undefined {
  const [, written] = /@default ([^-\s].*?)\s*$/m.exec(text) ?? [];
  const [, unit, count] = /^Duration\.(\w+)\((\d+)\)$/.exec(written ?? '') ?? [];
  if (!unit) return written;
  return Duration[unit as 'seconds'](Number(count)).toMilliseconds();
}

describe('a docstring', () => {
  it('is there for nearly every setting', () => {
    expect(settings.length).toBeGreaterThan(65);
  });

  it.each(settings.filter(({ entry }) => /^(Duration|whole|number)/.test(metadataOf(entry).range ?? '')))(
    'has the range that the schema checks: $name',
    ({ text, entry }) => {
      expect(quantities(text)).toEqual(expect.arrayContaining([...quantities(metadataOf(entry).range ?? '')]));
    },
  );

  it.each(settings.filter(({ text }) => defaultIn(text) !== undefined))(
    'has the default that the schema fills in: $name',
    ({ text, entry }) => {
      const said = defaultIn(text);
      const filled = defaultOf(entry).replaceAll('`', '');
      expect(said).toBe(typeof said === 'number' ? quantities(filled)[0] : filled);
    },
  );
});
