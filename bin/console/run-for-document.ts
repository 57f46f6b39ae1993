import * as v from 'valibot';
import { plainText } from '../../lambdas/domain/disclosure/plain-text.ts';
import type { Progress } from '../session/progress.ts';

/** Where a command of the tool writes to, and what interrupts it. */
export interface ToolOutput {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly signal: AbortSignal;
  /** Takes the progress of a long command. */
  readonly progress: (total: number) => Progress;
}

/** Runs a command of the tool in this process, and returns its exit code. */
export type RunTool = (args: readonly string[], output: ToolOutput) => Promise<number>;

/** How a command ended. */
export interface Answer {
  /** The tool's exit code. */
  readonly code: number;
  /** The document that the command printed, if any. */
  readonly document: unknown;
  /** What the command said besides, for humans. */
  readonly message: string;
}

const NO_PROGRESS: Progress = { show: () => undefined, end: () => undefined };

/** Runs a command, already confirmed, for the JSON document that it prints. */
export async function runForDocument(
  run: RunTool,
  args: readonly string[],
  { signal = new AbortController().signal, progress = () => NO_PROGRESS }: Partial<ToolOutput> = {},
): Promise<Answer> {
  let out = '';
  let said = '';
  const code = await run([...args, '--json', '--yes'], {
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      said += text;
    },
    signal,
    progress,
  });
  return { code, document: out === '' ? undefined : JSON.parse(out), message: shown(said) };
}

/** What the command said, for humans. An error is a line of JSON. */
function shown(said: string): string {
  const lines = said.split('\n').filter((line) => line !== '');
  return lines
    .map((line) => plainText(v.is(ErrorLine, line) ? v.parse(ErrorLine, line).error.message : line))
    .join('\n');
}

const ErrorLine = v.pipe(v.string(), v.parseJson(), v.object({ error: v.object({ message: v.string() }) }));
