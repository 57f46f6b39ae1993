/** Values by the ids of their metrics. Undefined is a period without data. */
export type Values = Readonly<Record<string, number | undefined>>;

type Value = number | undefined;
type Binary = (left: number, right: number) => number;

const COMPARISONS: Readonly<Record<string, Binary>> = {
  '<': (left, right) => Number(left < right),
  '>': (left, right) => Number(left > right),
  '<=': (left, right) => Number(left <= right),
  '>=': (left, right) => Number(left >= right),
  '==': (left, right) => Number(left === right),
  '!=': (left, right) => Number(left !== right),
};
const SUMS: Readonly<Record<string, Binary>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
};
const PRODUCTS: Readonly<Record<string, Binary>> = {
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
};
/** From the loosest to the tightest. */
const LEVELS = [COMPARISONS, SUMS, PRODUCTS];

const FUNCTIONS: Readonly<Record<string, (...values: Value[]) => Value>> = {
  IF: (condition, then, otherwise) => (condition === undefined ? undefined : condition ? then : otherwise),
  FILL: (value, instead) => value ?? instead,
};

const TOKEN = /\s*(\d+(?:\.\d+)?|[A-Za-z]\w*|[<>=!]=|[-+*/(),<>])/y;

/**
 * Evaluates an expression of CloudWatch for one period.
 *
 * @returns undefined without data
 * @throws Error that names what is not known here, such as a function over several periods
 */
export function evaluate(expression: string, values: Values): number | undefined {
  return new Reader(expression, values).whole();
}

class Reader {
  readonly #tokens: readonly string[];
  readonly #values: Values;
  #at = 0;

  constructor(expression: string, values: Values) {
    const tokens = [...expression.matchAll(new RegExp(TOKEN, 'gy'))];
    const length = tokens.reduce((sum, [text]) => sum + text.length, 0);
    if (expression.slice(length).trim() !== '')
      throw new Error(`the embedded cloud can't read ${expression.slice(length)} in ${expression}`);
    this.#tokens = tokens.map(([, token = '']) => token);
    this.#values = values;
  }

  whole(): Value {
    const value = this.#level(0);
    if (this.#at < this.#tokens.length)
      throw new Error(`the embedded cloud can't read ${this.#tokens[this.#at]} there`);
    return value;
  }

  #level(depth: number): Value {
    const operators = LEVELS[depth];
    if (operators === undefined) return this.#operand();
    let value = this.#level(depth + 1);
    for (let operate = operators[this.#peek()]; operate !== undefined; operate = operators[this.#peek()]) {
      this.#at++;
      const right = this.#level(depth + 1);
      value = value === undefined || right === undefined ? undefined : operate(value, right);
    }
    return value;
  }

  #operand(): Value {
    const token = this.#tokens[this.#at++] ?? '';
    if (token === '(') return this.#until(')')[0];
    if (/^\d/.test(token)) return Number(token);
    if (this.#peek() === '(') {
      this.#at++;
      const call = FUNCTIONS[token];
      if (call === undefined) throw new Error(`the embedded cloud can't evaluate ${token}()`);
      return call(...this.#until(')'));
    }
    if (!(token in this.#values)) throw new Error(`there is no metric "${token}"`);
    return this.#values[token];
  }

  /** The values up to the end of a list. */
  #until(end: string): Value[] {
    const values = [this.#level(0)];
    while (this.#peek() === ',') {
      this.#at++;
      values.push(this.#level(0));
    }
    if (this.#tokens[this.#at++] !== end) throw new Error(`the embedded cloud misses a ${end}`);
    return values;
  }

  #peek(): string {
    return this.#tokens[this.#at] ?? '';
  }
}
