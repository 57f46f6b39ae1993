const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Type of a JSON value. `other` is a number, a boolean or null. */
export type JsonType = 'object' | 'array' | 'string' | 'other';

/**
 * Reads valid JSON text value by value, with the position of each. `JSON.parse` tells neither positions nor digits nor
 * repeated members. Takes linear time, and no stack for values that it skips.
 */
export class JsonScanner {
  readonly text: string;
  #at = 0;

  /** @param text valid JSON: check it first */
  constructor(text: string) {
    this.text = text;
  }

  /** Position of the next character that is not white space. */
  get at(): number {
    while (isSpace(this.text.charCodeAt(this.#at))) this.#at++;
    return this.#at;
  }

  /** Type of the next value. */
  get type(): JsonType {
    switch (this.#code) {
      case OPEN_OBJECT:
        return 'object';
      case OPEN_ARRAY:
        return 'array';
      case QUOTE:
        return 'string';
      default:
        return 'other';
    }
  }

  /** Reads the next value. Returns its text. */
  skip(): string {
    const begun = this.at;
    let depth = 0;
    do {
      const code = this.#code;
      if (code === QUOTE) this.#skipString();
      else if (code === OPEN_OBJECT || code === OPEN_ARRAY) depth += this.#step();
      else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) depth -= this.#step();
      else if (isPunctuation(code)) this.#step();
      else this.#skipWord();
    } while (depth > 0);
    return this.text.slice(begun, this.#at);
  }

  /** Reads a string. Returns its value. */
  string(): string {
    const raw = this.skip();
    return raw.includes('\\') ? JSON.parse(raw) : raw.slice(1, -1);
  }

  /** Reads an object. `read` must read the value of each member. */
  members(read: (name: string) => void): void {
    this.#step();
    while (this.#code !== CLOSE_OBJECT) {
      if (this.#code === COMMA) this.#step();
      const name = this.string();
      this.#step();
      read(name);
    }
    this.#step();
  }

  /** Reads an array. `read` must read each element. */
  elements(read: () => void): void {
    this.#step();
    while (this.#code !== CLOSE_ARRAY) {
      if (this.#code === COMMA) this.#step();
      read();
    }
    this.#step();
  }

  get #code(): number {
    return this.text.charCodeAt(this.at);
  }

  /** Reads one character. */
  #step(): 1 {
    this.#at = this.at + 1;
    return 1;
  }

  #skipString(): void {
    for (this.#at++; this.text.charCodeAt(this.#at) !== QUOTE; this.#at++) {
      if (this.text.charCodeAt(this.#at) === BACKSLASH) this.#at++;
      if (this.#at >= this.text.length) throw new SyntaxError('the text is not valid JSON');
    }
    this.#at++;
  }

  #skipWord(): void {
    const begun = this.#at;
    while (isWordCharacter(this.text.charCodeAt(this.#at))) this.#at++;
    if (this.#at === begun) throw new SyntaxError('the text is not valid JSON');
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

function isPunctuation(code: number): boolean {
  return code === COMMA || code === 0x3a;
}

/** Characters of numbers and of the names `true`, `false` and `null`. */
function isWordCharacter(code: number): boolean {
  const isDigit = code >= 0x30 && code <= 0x39;
  const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
  return isDigit || isLetter || code === 0x2b || code === 0x2d || code === 0x2e || code === 0x5f;
}
