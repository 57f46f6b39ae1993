import { errorName } from './errors.ts';

/** What may be logged of an error: its name, its code and where it was thrown; its message may quote data. */
export function errorFacts(error: unknown): Record<string, unknown> {
  const code = codeOf(error);
  return {
    error: errorName(error),
    ...(code !== undefined && { code }),
    frames: error instanceof Error ? framesOf(error) : undefined,
  };
}

/** `ECONNREFUSED` and the like; anything that is no short word may be data. */
function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : undefined;
}

/** The stack begins with the message, and a line of that may look like a frame. */
function framesOf({ stack = '', message }: Error): string[] {
  const frames = stack.slice(stack.indexOf(message) + message.length);
  return frames.split('\n').filter((line) => /^\s+at /.test(line));
}
