import { styleText } from 'node:util';
import Table from 'cli-table3';
import { iso } from '../../lambdas/contract/time.ts';
import { plainJson, plainText } from '../../lambdas/domain/disclosure/plain-text.ts';
import { columnsOf, longestWord, widthOf, wrapped, wrappedLine } from './text-width.ts';

export type Style = Parameters<typeof styleText>[0];

/** A table cell: text, styled text, or items that never break across lines. */
export type Cell =
  | string
  | number
  | undefined
  | { readonly text: string; readonly style: Style }
  | { readonly items: readonly string[] };

/** A part of a line: text, styled text, or a link that is clickable on a terminal. */
export type Part =
  | string
  | { readonly text: string; readonly style: Style }
  | { readonly name: string; readonly address: string };

/** What the tool prints to: a terminal, a file, or the console that runs it. */
export interface PrinterStreams {
  readonly stdout: Writes;
  readonly stderr: Writes;
}

interface Writes extends Partial<Pick<NodeJS.WriteStream, 'columns'>> {
  write(text: string): unknown;
}

interface PrinterOptions extends PrinterStreams {
  /** Whether stdout gets one JSON document and nothing else. */
  readonly json: boolean;
  readonly colors: boolean;
}

/**
 * Prints a command's output: a document for machines, or lines and tables for humans.
 *
 * Every text may quote others, so the printer makes each plain, and adds colours and line ends only then.
 */
export class Printer {
  readonly #options: PrinterOptions;

  constructor(options: PrinterOptions) {
    this.#options = options;
  }

  get isJson(): boolean {
    return this.#options.json;
  }

  /** Prints the result as JSON if requested, otherwise with `tell`. */
  result(document: unknown, tell: (printer: Printer) => void): void {
    if (this.#options.json) this.json(document);
    else tell(this);
  }

  /** Prints a document as JSON, whatever the operator asked for. */
  json(document: unknown): void {
    this.#options.stdout.write(`${plainJson(JSON.stringify(document, undefined, 2))}\n`);
  }

  /** Prints a line. On a narrow terminal it continues below, unless it is a command to copy or has a link. */
  line(...parts: readonly Part[]): void {
    const { stdout } = this.#options;
    const text = parts.map((part) => (typeof part === 'string' ? part : 'text' in part ? part.text : '')).join('');
    const isWhole = COMMAND.test(text) || parts.some((part) => typeof part !== 'string' && 'address' in part);
    const columns = columnsOf(stdout);
    if (isWhole || widthOf(plainText(text)) <= columns) {
      this.code(...parts);
      return;
    }
    for (const line of wrappedLine(plainText(text), columns)) this.#write(line);
  }

  /** Prints a line as it is, however long: a text that somebody copies. */
  code(...parts: readonly Part[]): void {
    this.#write(parts.map((part) => this.#shown(part)).join(''));
  }

  /** Prints hints, warnings, plans and progress, which are not part of the result. A command to copy stays whole. */
  note(text: string): void {
    const { stderr } = this.#options;
    const columns = COMMAND.test(text) ? Number.POSITIVE_INFINITY : columnsOf(stderr);
    for (const line of wrapped(plainText(text), columns)) stderr.write(`${line}\n`);
  }

  /** Prints indented prose, wrapped at the terminal's width. */
  paragraph(text: string): void {
    for (const line of wrapped(text, this.#room)) this.line(`${' '.repeat(INDENT)}${line}`);
  }

  heading(text: string): void {
    this.line({ text, style: 'bold' });
  }

  #shown(part: Part): string {
    if (typeof part === 'string') return plainText(part);
    return 'style' in part ? this.#style(part.style, plainText(part.text)) : this.#link(part.name, part.address);
  }

  #style(style: Style, text: string): string {
    // The caller decides about colors; without the option Node would check its own stdout.
    return this.#options.colors ? styleText(style, text, { validateStream: false }) : text;
  }

  #link(name: string, address: string): string {
    const [shown, target] = [plainText(name), plainText(address)];
    return this.#options.colors
      ? `\u001b]8;;${target}\u001b\\${this.#style('underline', shown)}\u001b]8;;\u001b\\ (click)`
      : `${shown}: ${target}`;
  }

  #write(line: string): void {
    this.#options.stdout.write(`${line}\n`);
  }

  /**
   * Prints a table with all its columns if that fits the terminal, or one record below another. Ids stay in one piece,
   * so that they can be copied.
   */
  records(head: readonly string[], rows: readonly (readonly Cell[])[]): void {
    const isUsed = head.map((_, column) => rows.some((row) => textOf(row[column]) !== ''));
    const used = (row: readonly Cell[]) => row.filter((_, column) => isUsed[column]);
    const titles = head.filter((_, column) => isUsed[column]);
    const widths = titles.map((title, column) => {
      const texts = rows.map((row) => plainText(textOf(used(row)[column])));
      const widest = (measure: (text: string) => number) => Math.max(title.length, ...texts.map(measure));
      return Math.max(widest(longestWord), Math.min(widest(widthOf), READABLE));
    });
    const isWide = this.#room >= widths.reduce((sum, width) => sum + width + GAP, -GAP);
    if (isWide) {
      this.table(titles, rows.map(used));
      return;
    }
    for (const [at, row] of rows.entries()) {
      if (at > 0) this.line();
      this.#record(used(row).map((cell, column) => ({ title: titles[column] ?? '', cell })));
    }
  }

  /** Prints the name of a record, below it its short facts in lines, and each long one in a line of its own. */
  #record(named: readonly Fact[]): void {
    // A column without a title, such as the priority, says nothing alone.
    const heads = named[0]?.title === '' ? 2 : 1;
    const parts = named.slice(0, heads).flatMap(({ cell }) => [asPart(cell), ' ']);
    this.line(' '.repeat(INDENT), ...parts.slice(0, -1));
    const facts = named.slice(heads).filter(({ cell }) => textOf(cell) !== '');
    const isShort = ({ cell }: Fact) => widthOf(textOf(cell)) <= READABLE;
    const short = facts.filter(isShort).length > 1 ? facts.filter(isShort) : [];
    this.#factLines(short);
    const long = facts.filter((fact) => !short.includes(fact)).map(({ title, cell }) => [title, cell]);
    this.table(['', ''], long, 2 * INDENT);
  }

  /** Prints as many facts in each line as fit. No fact breaks across lines. */
  #factLines(facts: readonly Fact[]): void {
    const lines: Fact[][] = [];
    let room = 0;
    for (const fact of facts) {
      const width = widthOf(`${fact.title} ${plainText(textOf(fact.cell))}`) + GAP;
      const last = lines.at(-1);
      if (last && width <= room) last.push(fact);
      else {
        lines.push([fact]);
        // A comma ends each line but the last.
        room = this.#room - INDENT + GAP - 1;
      }
      room -= width;
    }
    for (const [at, line] of lines.entries()) {
      const end = at < lines.length - 1 ? ',' : '';
      const parts = line.flatMap(({ title, cell }) => [`${title} `, asPart(cell), ', ']);
      this.code(' '.repeat(2 * INDENT), ...parts.slice(0, -1), end);
    }
  }

  get #room(): number {
    return columnsOf(this.#options.stdout) - INDENT;
  }

  /** Prints columns without borders. On a narrow terminal the widest column wraps. */
  table(head: readonly string[], rows: readonly (readonly Cell[])[], indent = INDENT): void {
    const texts = rows.map((row) => row.map((cell) => ({ text: plainText(textOf(cell)), style: styleOf(cell) })));
    const widest = (measure: (text: string) => number) =>
      head.map((title, column) => Math.max(title.length, ...texts.map((row) => measure(row[column]?.text ?? ''))));
    const room = this.#room + INDENT - indent;
    // Breaks words only as a last resort, so that ids can be copied in one piece.
    const fitted = narrowed(narrowed(widest(widthOf), room, widest(longestWord)), room);
    const table = new Table({
      chars: NO_BORDERS,
      style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
      colWidths: fitted,
    });
    if (head.some((title) => title !== '')) table.push(head.map((title) => this.#style('dim', plainText(title))));
    for (const row of texts) {
      table.push(
        row.map(({ text, style }, column) => {
          const lines = wrapped(text, fitted[column] ?? text.length);
          return lines
            .map((line) => line.replaceAll(TIED, ' '))
            .map((line) => (style === undefined ? line : this.#style(style, line)))
            .join('\n');
        }),
      );
    }
    if (table.length === 0) return;
    // The table may cut a wide character in two.
    for (const line of table.toString().toWellFormed().split('\n'))
      this.#write(`${' '.repeat(indent)}${line.trimEnd()}`);
  }
}

/** A cell with the title of its column. */
interface Fact {
  readonly title: string;
  readonly cell: Cell;
}

/** A command to copy, alone or after `next:`. */
const COMMAND = /^ *(next: )?(backstop|npx|npm run|node) /;
const INDENT = 2;
const GAP = 2;
/** Characters of a line that are easy to read, if a text breaks into several. */
const READABLE = 24;
const NARROWEST = 8;
const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Column widths that fit into a line, as far as the floors allow. The widest column shrinks first. */
function narrowed(widths: readonly number[], width: number, floors: readonly number[] = []): number[] {
  const fitted = [...widths];
  const gaps = 2 * (fitted.length - 1);
  const floorOf = (column: number) => Math.max(NARROWEST, floors[column] ?? 0);
  let excess = fitted.reduce((total, each) => total + each, gaps) - width;
  while (excess > 0) {
    const pliant = fitted.flatMap((each, column) => (each > floorOf(column) ? [column] : []));
    if (pliant.length === 0) return fitted;
    const widest = pliant.reduce((best, column) => ((fitted[column] ?? 0) > (fitted[best] ?? 0) ? column : best));
    fitted[widest] = (fitted[widest] ?? 0) - 1;
    excess -= 1;
  }
  return fitted;
}

function textOf(cell: Cell): string {
  if (cell === undefined) return '';
  if (typeof cell !== 'object') return String(cell);
  return 'items' in cell ? cell.items.map(tied).join(', ') : cell.text;
}

function asPart(cell: Cell): Part {
  const style = styleOf(cell);
  return style === undefined ? textOf(cell) : { text: textOf(cell), style };
}

function styleOf(cell: Cell): Style | undefined {
  return typeof cell === 'object' && 'style' in cell ? cell.style : undefined;
}

/** A space where no line breaks. */
const TIED = '\u00a0';
const LONGEST_TIED = 32;

function tied(item: string): string {
  return item.length > LONGEST_TIED ? item : item.replaceAll(' ', TIED);
}

/** Formats a time for tables: RFC 3339 to the second, in UTC. */
export function shortTime(time: string | number): string {
  return `${iso(time).slice(0, 19)}Z`;
}
