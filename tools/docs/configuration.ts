/** Writes the tables of docs/configuration.md from the schemas of the config: `npm run docs:config`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GenericSchema } from 'valibot';
import { dependency } from '../../lib/config/dependency-schema.ts';
import { storeArns } from '../../lib/parts/store-arns.ts';
import { pipeline } from '../../lib/pipeline/pipeline-schema.ts';
import { errorsOf, joined, type Owner } from './config-errors.ts';
import { defaultOf, metadataOf } from './schema-docs.ts';

const PAGE = join(import.meta.dirname, '../../docs/configuration.md');

/** Writes each table between its markers, `<!-- table: NAME -->` and `<!-- end -->`. */
export function withTables(page: string): string {
  return page.replace(
    /(<!-- table: (\S+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, start: string, name: string, end: string) => {
      const rows = TABLES[name];
      if (!rows)
        throw new Error(`docs/configuration.md: no table '${name}'; tables: ${Object.keys(TABLES).join(', ')}`);
      return `${start}${table(rows)}\n${end}`;
    },
  );
}

/** A row of a table. */
interface Setting {
  readonly name: string;
  readonly schema: GenericSchema;
  /** Kinds that have the setting, if others of the table don't. */
  readonly kinds: readonly string[];
  /** Path of the object that has it. */
  readonly path: string;
  readonly owners: readonly Owner[];
}

const { variants: KINDS = {} } = metadataOf(dependency);
const { http, ...aws } = KINDS;
const HTTP = settingsOf(http, '');
const RULES = metadataOf(at(http, 'rules')).element;
const escalation = at(pipeline, 'escalation');

const TABLES: Readonly<Record<string, readonly string[]>> = {
  dependency: [keyRow(dependency, ''), ...HTTP.map(row)],
  aws: merged(aws, '')
    .filter(({ name }) => name !== 'kind' && !HTTP.some((other) => other.name === name))
    .map(row),
  ...Object.fromEntries(
    ['auth', 'accepts', 'retry', 'circuit', 'retryBudget', 'fallback', 'conflict', 'redrive'].map((name) => [
      name,
      rowsOf(at(http, name), name),
    ]),
  ),
  assumeRole: rowsOf(at(aws['state-machine'], 'assumeRole'), 'assumeRole'),
  rules: rowsOf(RULES, 'rules[0]'),
  when: rowsOf(at(RULES, 'when'), 'rules[0].when'),
  pipeline: rowsOf(pipeline, ''),
  alarms: rowsOf(at(pipeline, 'alarms'), 'alarms'),
  deployment: rowsOf(at(pipeline, 'deployment'), 'deployment'),
  producers: rowsOf(at(pipeline, 'producers'), 'producers'),
  auditArchive: rowsOf(at(pipeline, 'auditArchive'), 'auditArchive'),
  escalation: rowsOf(escalation, 'escalation'),
  pagerDuty: rowsOf(at(escalation, 'pagerDuty'), 'escalation.pagerDuty'),
  teams: rowsOf(at(escalation, 'teams'), 'escalation.teams'),
  store: rowsOf(storeArns, ''),
};

/** The schema of a setting of an object. */
function at(schema: GenericSchema | undefined, name: string): GenericSchema {
  const found = schema && metadataOf(schema).entries?.[name];
  if (!found) throw new Error(`no setting '${name}'`);
  return found;
}

function rowsOf(schema: GenericSchema | undefined, path: string): readonly string[] {
  const { variants } = schema ? metadataOf(schema) : {};
  if (schema && variants) return [keyRow(schema, path), ...merged(variants, path).map(row)];
  return settingsOf(schema, path).map(row);
}

/** The settings of an object that the page tells of. */
function settingsOf(schema: GenericSchema | undefined, path: string): readonly Setting[] {
  const { entries = {} } = schema ? metadataOf(schema) : {};
  const owners = schema ? [{ path, schema }] : [];
  return Object.entries(entries)
    .filter(([, entry]) => metadataOf(entry).meaning !== undefined)
    .map(([name, entry]) => ({ name, schema: entry, kinds: [], path, owners }));
}

/** The settings of all variants of an object, each once. */
function merged(variants: Readonly<Record<string, GenericSchema>>, path: string): readonly Setting[] {
  const all = new Map<string, Setting>();
  for (const [kind, variant] of Object.entries(variants)) {
    for (const setting of settingsOf(variant, path)) {
      const there = all.get(setting.name) ?? { ...setting, owners: [] };
      all.set(setting.name, { ...there, kinds: [...there.kinds, kind], owners: [...there.owners, ...setting.owners] });
    }
  }
  const count = Object.keys(variants).length;
  return [...all.values()].map((setting) => (setting.kinds.length === count ? { ...setting, kinds: [] } : setting));
}

function row({ name, schema, kinds, path, owners }: Setting): string {
  const { meaning = '', range = 'object', also, entries, variants, element } = metadataOf(schema);
  const hasTable = entries ?? variants ?? element;
  const errors = joined(errorsOf(path === '' ? name : `${path}.${name}`, schema, owners));
  return cells([
    `\`${name}\``,
    `${kinds.length > 0 ? `For ${kinds.map(code).join(' and ')}: ${lowerCase(meaning)}` : meaning}${hasTable ? ', see below' : ''}`,
    also === undefined ? range : `${range}; ${also}`,
    defaults(name, schema, owners),
    errors === '' ? (hasTable ? 'see below' : 'that of TypeScript (`npm run types`)') : errors,
  ]);
}

/** The default; with those of kinds that have another one. */
function defaults(name: string, schema: GenericSchema, owners: readonly Owner[]): string {
  const usual = defaultOf(schema);
  const others = Object.entries(KINDS)
    .filter(([, kind]) => owners.some((owner) => owner.schema === kind))
    .flatMap(([kind, variant]) => {
      const own = defaultOf(at(variant, name));
      return own === usual ? [] : [`${own} for ${code(kind)}`];
    });
  return [usual, ...others].join('; ');
}

/** The row of the setting that tells the variants of an object apart. */
function keyRow(schema: GenericSchema, path: string): string {
  const { key = { name: '', meaning: '' }, variants = {} } = metadataOf(schema);
  const range = Object.keys(variants).map(code).join(', ');
  const at = path === '' ? key.name : `${path}.${key.name}`;
  const choices = Object.keys(variants)
    .map((variant) => `'${variant}'`)
    .join(', ');
  return cells([`\`${key.name}\``, key.meaning, range, 'required', joined([`${at} must be one of ${choices}`])]);
}

function table(rows: readonly string[]): string {
  const head = cells(['setting', 'meaning', 'unit and range', 'default', 'error for a wrong value']);
  return [head, cells(Array.from({ length: 5 }, () => '---')), ...rows].join('\n');
}

function cells(texts: readonly string[]): string {
  return `| ${texts.join(' | ')} |`;
}

function lowerCase(sentence: string): string {
  return sentence.replace(/[A-Z]/, (first) => first.toLowerCase());
}

function code(kind: string): string {
  return `\`'${kind}'\``;
}

if (import.meta.main) writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8')));
