import { errorName } from './errors.ts';

/** The parts of an error that are safe to log: name, code and stack frames. The message may quote data. */
export function errorFacts(error: unknown): Record<string, unknown> {
  const code = codeOf(error);
  return {
    error: errorName(error),
    code,
    frames: error instanceof Error ? framesOf(error) : undefined,
  };
}

/** Accepts codes such as `ECONNREFUSED`. Anything longer or in another form may be data. */
function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : undefined;
}

/** Skips the message at the head of the stack, because one of its lines may look like a frame. */
function framesOf({ stack = '', message }: Error): string[] {
  const frames = stack.slice(stack.indexOf(message) + message.length);
  return frames.split('\n').filter((line) => /^\s+at /.test(line));
}
