import { styleText } from 'node:util';
import type { TrailStep } from '../../lambdas/shared/ledger/ledger-entry.ts';
import type { Ending } from './ending.ts';

type Style = Parameters<typeof styleText>[0];

/** Widths of the columns: with the mark and the gaps at most 100 characters. */
const COLUMNS = [
  ['failure', 17],
  ['dependency', 10],
  ['verdict', 9],
  ['rule', 17],
  ['attempts', 8],
  ['tier', 4],
  ['outcome', 13],
  ['time', 6],
] as const;
const OUTCOME_COLUMN = COLUMNS.findIndex(([name]) => name === 'outcome');
const GAP = '  ';
const FACT_NAME_WIDTH = 21;
const OUTCOME_STYLES: Partial<Record<Ending['outcome'], Style>> = {
  recovered: 'green',
  'dead-lettered': 'yellow',
  rejected: 'magenta',
  ignored: 'cyan',
};

export interface Row {
  readonly ending: Ending;
  /** Epoch milliseconds; unknown for events that somebody else sent. Later than the ending for a repetition. */
  readonly sentAt?: number;
  /** Whether it ended as its file expects; unknown for events that have no expectation. */
  readonly asExpected?: boolean;
  /** One sentence below the row. */
  readonly say?: string;
}

/** The lines of the demonstration. Styles vanish where the output is no terminal, or where NO_COLOR is set. */
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

  /** A line that stays at the bottom, on terminals only. */
  status(text: string): void {
    if (!this.#stream.isTTY || text === this.#status) return;
    this.#erase();
    this.#status = text;
    this.#draw();
  }

  title(text: string): void {
    this.line();
    this.line(this.style('bold', text));
  }

  header(): void {
    this.line();
    this.line(this.style('bold', `${GAP}${columns(COLUMNS.map(([name]) => name)).join(GAP)}`));
  }

  row({ ending, sentAt, asExpected, say }: Row): void {
    const since = sentAt ?? ending.receivedAt ?? Number.NaN;
    const outcomeStyle = OUTCOME_STYLES[ending.outcome];
    const cells = columns([
      ending.id,
      ending.dependency,
      ending.verdict,
      ending.rule,
      ending.attempts,
      ending.tier,
      ending.outcome,
      ending.endedAt >= since ? seconds(ending.endedAt - since) : undefined,
    ]).map((cell, index) => (index === OUTCOME_COLUMN && outcomeStyle ? this.style(outcomeStyle, cell) : cell));
    this.line(`${this.#mark(asExpected)} ${cells.join(GAP)}`);
    const note = [ending.reason, say && this.style('dim', say)].filter((part) => part !== undefined).join(': ');
    if (note !== '') this.line(`${GAP}${note}`);
  }

  /** A name and what stands for it. */
  fact(name: string, value = '–'): void {
    this.line(`${GAP}${this.style('dim', name.padEnd(FACT_NAME_WIDTH))}${GAP}${value}`);
  }

  /** The story of one failure: time since it was received, step, facts. */
  trail(steps: readonly TrailStep[]): void {
    const start = Date.parse(steps[0]?.at ?? '');
    for (const { at, step, ...facts } of steps) {
      const told = Object.entries(facts).map(([name, value]) => `${this.style('dim', name)} ${value}`);
      this.line(`${GAP}${seconds(Date.parse(at) - start).padStart(6)}${GAP}${step.padEnd(19)}${GAP}${told.join(', ')}`);
    }
  }

  style(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#stream });
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

/** `0.4 s` */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Each cell as wide as its column. */
function columns(cells: readonly (string | number | undefined)[]): string[] {
  return COLUMNS.map(([name, width], index) => {
    const text = printable(String(cells[index] ?? '–'));
    const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text;
    return name === 'attempts' || name === 'time' ? cut.padStart(width) : cut.padEnd(width);
  });
}

/** Events come from anybody: what they say must not move the cursor. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?');
}
