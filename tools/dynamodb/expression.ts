import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Record<string, AttributeValue>;
/** Path from the item to a nested attribute. */
export type Path = readonly string[];

/** Values of a request's placeholders. */
export interface Placeholders {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, AttributeValue>>;
}

export type Condition = (item: Item, placeholders: Placeholders) => boolean;
export type Operand = (item: Item, placeholders: Placeholders) => AttributeValue | undefined;
export type PathOf = (placeholders: Placeholders) => Path;

/** A parsed expression with its placeholders. */
export interface Parsed<T> {
  readonly run: T;
  readonly placeholders: ReadonlySet<string>;
}

const TOKENS = /\s*([#:]?[A-Za-z_]\w*|<>|<=|>=|[=<>(),.+-])/y;

/** Parses one expression, token by token. Throws on unknown syntax, so that nothing is ignored. */
export class Reader {
  readonly placeholders = new Set<string>();
  readonly #text: string;
  readonly #tokens: string[] = [];
  /** Positions of the last group in parentheses. */
  lastGroup = { from: -1, to: -1 };
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    TOKENS.lastIndex = 0;
    for (let match = TOKENS.exec(text); match?.[1] !== undefined; match = TOKENS.exec(text))
      this.#tokens.push(match[1]);
    if (this.#tokens.join('').length !== text.replaceAll(/\s/g, '').length) throw this.error('an unknown character');
  }

  /** Number of tokens that are read. */
  get position(): number {
    return this.#at;
  }

  get next(): string | undefined {
    return this.#tokens[this.#at];
  }

  take(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw this.error('nothing');
    if (/^[#:]/.test(token)) this.placeholders.add(token);
    return token;
  }

  /** Consumes the token if it is next. Ignores the case of keywords. */
  takes(token: string): boolean {
    const isNext = this.next?.toUpperCase() === token;
    if (isNext) this.#at++;
    return isNext;
  }

  expect(token: string): void {
    if (!this.takes(token)) throw this.error(`${this.next}, expected ${token},`);
  }

  error(what: string): Error {
    return new Error(`memory tables don't read ${what} in the expression '${this.#text}'`);
  }
}

/** Caches parsed expressions by text, because the same few recur. */
export function remembered<T>(read: (reader: Reader) => T): (text: string) => Parsed<T> {
  const known = new Map<string, Parsed<T>>();
  return (text) => {
    const parsed = known.get(text) ?? parse(text, read);
    known.set(text, parsed);
    return parsed;
  };
}

function parse<T>(text: string, read: (reader: Reader) => T): Parsed<T> {
  const reader = new Reader(text);
  const run = read(reader);
  if (reader.next !== undefined) throw reader.error(reader.next);
  return { run, placeholders: reader.placeholders };
}

export function readPath(reader: Reader): PathOf {
  const parts: string[] = [];
  do {
    const part = reader.take();
    if (!/^#?\w+$/.test(part)) throw reader.error(part);
    parts.push(part);
  } while (reader.takes('.'));
  return ({ names }) => parts.map((part) => (part.startsWith('#') ? nameOf(part, names) : part));
}

function nameOf(placeholder: string, names: Placeholders['names']): string {
  const name = names[placeholder];
  if (name === undefined) throw new Error(`the request names no ${placeholder}`);
  return name;
}

export function readOperand(reader: Reader): Operand {
  if (reader.next?.startsWith(':')) {
    const placeholder = reader.take();
    return (_, { values }) => {
      const value = values[placeholder];
      if (value === undefined) throw new Error(`the request has no value ${placeholder}`);
      return value;
    };
  }
  const path = readPath(reader);
  return (item, placeholders) => attributeAt(item, path(placeholders));
}

export function attributeAt(item: Item, path: Path): AttributeValue | undefined {
  let found: AttributeValue | undefined = { M: item };
  for (const step of path) found = found?.M?.[step];
  return found;
}
