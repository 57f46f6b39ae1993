import { parseArgs } from 'node:util';

/** A mistake of whoever called. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Reads a command; where something is missing or too much, the error ends with how it is used. @throws UsageError */
export function withUsage<Command>(usage: string, read: () => Command): Command {
  try {
    return read();
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${error.message}\n\n${usage}`) : error;
  }
}

/** Reads options that all take a text, and what stands between them. @throws UsageError where one is unknown */
export function parse<const Name extends string>(args: readonly string[], names: readonly Name[]) {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' } as const]));
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    return { values: values as Readonly<Partial<Record<Name, string>>>, positionals };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** A text of 1 to `most` characters. @throws UsageError where it is not */
export function shortText(option: string, text: string | undefined, most: number): string {
  if (text === undefined) throw new UsageError(`${option} is missing`);
  const got = text.trim() === '' ? `'${text}'` : `${text.length}`;
  if (text.trim() === '' || text.length > most) {
    throw new UsageError(`${option} must be 1 to ${most} characters, got ${got}`);
  }
  return text;
}
