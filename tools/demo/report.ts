import { styleText } from 'node:util';
import type { TrailStep } from '../../lambdas/contract/ledger-entry.ts';
import type { Ending } from './ending.ts';
import type { LoggedChange } from './news.ts';

type Style = Parameters<typeof styleText>[0];

/** Column widths: at most 100 characters with mark and gaps. */
const COLUMNS = {
  failure: 17,
  dependency: 10,
  verdict: 9,
  rule: 17,
  attempts: 8,
  tier: 4,
  outcome: 13,
  time: 6,
} as const;
type Column = keyof typeof COLUMNS;
/** Columns to drop first on a narrow terminal. */
const EXPENDABLE: readonly Column[] = ['verdict', 'tier', 'attempts', 'dependency', 'rule', 'time'];
const TO_THE_RIGHT: ReadonlySet<Column> = new Set(['attempts', 'time']);
const WIDEST = 100;
const GAP = '  ';
const FACT_NAME_WIDTH = 21;
const OUTCOME_STYLES: Partial<Record<Ending['outcome'], Style>> = {
  recovered: 'green',
  resolved: 'green',
  degraded: 'blue',
  compensated: 'blue',
  'dead-lettered': 'yellow',
  rejected: 'magenta',
  ignored: 'cyan',
};

export interface Row {
  readonly ending: Ending;
  /** Epoch milliseconds; unknown for events that others sent. Later than the ending for a repetition. */
  readonly sentAt?: number;
  /** Whether it met its file's expectations; unknown for events without any. */
  readonly asExpected?: boolean;
  /** One sentence below the row. */
  readonly say?: string;
}

/** Prints the lines of the demo. Without a terminal, or with NO_COLOR set, it prints no styles. */
export class Report {
  readonly #stream: NodeJS.WriteStream;
  #status = '';

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  line(text = ''): void {
    this.#erase();
    this.#stream.write(`${text}\n`);
    this.#draw();
  }

  /** A status line at the bottom, on terminals only. */
  status(text: string): void {
    if (!this.#stream.isTTY || text === this.#status) return;
    this.#erase();
    this.#status = text;
    this.#draw();
  }

  title(text: string): void {
    this.line();
    for (const line of wrapped(text, this.#width)) this.line(this.style('bold', line));
  }

  header(): void {
    this.line();
    const names = this.#columns().map((name) => cell(name, name));
    this.line(this.style('bold', `${GAP}${names.join(GAP).trimEnd()}`));
  }

  row({ ending, sentAt, asExpected, say }: Row): void {
    const since = sentAt ?? ending.receivedAt ?? Number.NaN;
    const values: Readonly<Record<Column, string | number | undefined>> = {
      failure: ending.id,
      dependency: ending.dependency,
      verdict: ending.verdict,
      rule: ending.rule,
      attempts: ending.attempts,
      tier: ending.tier,
      outcome: ending.outcome,
      time: ending.endedAt >= since ? seconds(ending.endedAt - since) : undefined,
    };
    const outcomeStyle = OUTCOME_STYLES[ending.outcome];
    const cells = this.#columns().map((name) => {
      const text = cell(name, values[name]);
      return name === 'outcome' && outcomeStyle ? this.style(outcomeStyle, text) : text;
    });
    this.line(`${this.#mark(asExpected)} ${cells.join(GAP)}`);
    const why = reasonOf(ending);
    if (why !== '') this.note(why);
    if (say !== undefined) this.note(say, 'dim');
  }

  /** A circuit change, between the rows. */
  change({ circuit, from, to, reason, counts: { successes, failures } }: LoggedChange): void {
    const calls = reason === 'failure-rate' ? `, ${failures} of ${successes + failures} calls` : '';
    this.line(`· circuit ${circuit}: ${this.style('bold', `${from} → ${to}`)} (${reason}${calls})`);
  }

  /** A sentence below a row. */
  note(text: string, style?: Style): void {
    for (const line of wrapped(printable(text), this.#width - GAP.length))
      this.line(`${GAP}${style === undefined ? line : this.style(style, line)}`);
  }

  /** A name and its value. */
  fact(name: string, value = '–'): void {
    this.line(`${GAP}${this.style('dim', name.padEnd(FACT_NAME_WIDTH))}${GAP}${value}`);
  }

  /** The history of a failure: time since its receipt, step, facts. */
  trail(steps: readonly TrailStep[]): void {
    const start = Date.parse(steps[0]?.at ?? '');
    for (const { at, step, ...facts } of steps) {
      const head = `${GAP}${seconds(Date.parse(at) - start).padStart(6)}${GAP}${step.padEnd(19)}${GAP}`;
      const told = Object.entries(facts).map(([name, value]) => `${name} ${value}`);
      for (const [n, line] of filled(told, this.#width - head.length).entries()) {
        const styled = line.map((fact) => fact.replace(/^\S+/, (name) => this.style('dim', name)));
        this.line(`${n === 0 ? head : ' '.repeat(head.length)}${styled.join(', ')}`);
      }
    }
  }

  style(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#stream });
  }

  get #width(): number {
    return Math.min(this.#stream.columns || WIDEST, WIDEST);
  }

  /** The columns that fit into the terminal. */
  #columns(): readonly Column[] {
    const shown = new Set(Object.keys(COLUMNS) as Column[]);
    const needed = () => [...shown].reduce((sum, name) => sum + GAP.length + COLUMNS[name], 0);
    for (const name of EXPENDABLE) if (needed() > this.#width) shown.delete(name);
    return [...shown];
  }

  #mark(asExpected: boolean | undefined): string {
    if (asExpected === undefined) return '·';
    return asExpected ? this.style('green', '✓') : this.style('red', '✗');
  }

  #erase(): void {
    if (this.#status !== '') this.#stream.write('\r\x1b[K');
  }

  #draw(): void {
    if (this.#status !== '') this.#stream.write(this.style('dim', this.#status.slice(0, this.#stream.columns - 1)));
  }
}

/** Formats milliseconds as `0.4 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** The dead-letter reason, the fallback, the undone steps, or the error of a rejected event and its field. */
function reasonOf({ reason = '', fallback, undone, message, path }: Ending): string {
  if (undone !== undefined) return `${reason}: ${undone} completed steps undone`;
  if (fallback !== undefined) {
    const answered = `answered by its fallback (${fallback})`;
    return reason === '' ? answered : `${reason}: ${answered}`;
  }
  const where = path === undefined || message?.startsWith(path) ? '' : ` (${path})`;
  return message === undefined ? reason : `${reason}${where}: ${message}`;
}

/** Pads or cuts a value to its column's width. */
function cell(name: Column, value: string | number | undefined): string {
  const width = COLUMNS[name];
  const text = printable(String(value ?? '–'));
  const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text;
  return TO_THE_RIGHT.has(name) ? cut.padStart(width) : cut.padEnd(width);
}

/** Wraps at words. A word that is longer than a line gets its own line. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** Wraps at facts, with room for a comma and a space after each. */
function filled(facts: readonly string[], width: number): readonly (readonly string[])[] {
  const lines: string[][] = [[]];
  for (const fact of facts) {
    const line = lines.at(-1) ?? [];
    if (line.length > 0 && [...line, fact].join(', ').length > width) lines.push([fact]);
    else line.push(fact);
  }
  return lines;
}

/** Replaces control characters: text from events must not move the cursor. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?');
}
