/** A metric family in the Prometheus text format, version 0.0.4. */
export interface Family {
  /** Letters, digits, `_` and `:`; must not start with a digit. */
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Renders the text of a scrape. Omits families without samples. */
export function prometheusText(families: readonly Family[]): string {
  return families.flatMap((family) => (family.samples.length === 0 ? [] : linesOf(family))).join('');
}

function linesOf({ name, type, help, samples }: Family): string[] {
  const escapedHelp = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return [
    `# HELP ${name} ${escapedHelp}\n# TYPE ${name} ${type}\n`,
    ...samples.map(({ labels = {}, value }) => `${name}${labelsOf(labels)} ${value}\n`),
  ];
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  const all = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return all.length === 0 ? '' : `{${all.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
