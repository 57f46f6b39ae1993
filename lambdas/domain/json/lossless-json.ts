import type { JsonText } from '../../contract/json-text.ts';
import { ExactNumber, readNumber } from './exact-number.ts';
import { nestsDeeperThan } from './json-depth.ts';
import { JsonScanner } from './json-scanner.ts';
import { isJsonArray, isJsonObject, type Json, objectOf } from './json-value.ts';

const MAX_DEPTH = 64;
const NUMBER = /^[-\d]/;

/** The text has a value that can't be written back. */
class LossyError extends Error {
  override readonly name = 'LossyError';
}

/**
 * Parses JSON only if writing it back loses nothing.
 *
 * @returns undefined if the text is not JSON or nests too deep; also for a repeated member, a member `__proto__`, or
 * half of a surrogate pair
 */
export function readJson(text: string): Json | undefined {
  if (nestsDeeperThan(text, MAX_DEPTH)) return undefined;
  try {
    JSON.parse(text);
    return readValue(new JsonScanner(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof LossyError) return undefined;
    throw error;
  }
}

/** Writes a value with every number as it was read. */
export function writeJson(value: Json): JsonText {
  return written(value) as JsonText;
}

function readValue(scanner: JsonScanner): Json {
  const { type } = scanner;
  switch (type) {
    case 'object':
      return readObject(scanner);
    case 'array': {
      const elements: Json[] = [];
      scanner.elements(() => elements.push(readValue(scanner)));
      return elements;
    }
    case 'string':
      return wellFormed(scanner.string());
    case 'other': {
      const word = scanner.skip();
      return NUMBER.test(word) ? readNumber(word) : JSON.parse(word);
    }
    default:
      return type satisfies never;
  }
}

function readObject(scanner: JsonScanner): Json {
  const members = new Map<string, Json>();
  scanner.members((name) => {
    // Code that copies members one by one would set the prototype.
    if (members.has(name) || name === '__proto__') throw new LossyError();
    members.set(wellFormed(name), readValue(scanner));
  });
  return objectOf([...members]);
}

function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw new LossyError();
  return text;
}

function written(value: Json): string {
  if (value instanceof ExactNumber) return value.text;
  if (isJsonArray(value)) return `[${value.map(written).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${written(member)}`);
  return `{${members.join(',')}}`;
}
