import type { Deployment } from './cloud/template.ts';
import { Progress } from './progress.ts';
import type { Share, ShareResult } from './run-share.ts';

export interface ManyOptions {
  /** Most schedules. */
  readonly seeds: number;
  /** Longest time. */
  readonly seconds: number;
  /** The first seed. */
  readonly from: number;
  readonly threads: number;
}

export interface ManyPorts {
  readonly runShare: (share: Share, progress: Progress) => Promise<ShareResult>;
  readonly print: (text: string) => void;
  /** Replaces the line that shows how far the run is. @default - nobody looks */
  readonly showLine?: ((text: string) => void) | undefined;
  /** Acts each second. Returns what ends that. */
  readonly eachSecond: (act: () => void) => () => void;
  readonly onInterrupt: (act: () => void) => void;
}

/** The shell's code for a process that Ctrl-C has ended. */
const INTERRUPTED = 130;

/**
 * Runs random schedules in threads, and prints what they found. Ctrl-C ends the run after the schedules that are under
 * way, and prints what ran so far.
 *
 * @returns the exit code: 1 if a promise was broken, 130 after Ctrl-C
 */
export async function simulateMany(
  { seeds, seconds, from, threads }: ManyOptions,
  deployment: Deployment,
  { runShare, print, showLine, eachSecond, onInterrupt }: ManyPorts,
): Promise<number> {
  const startedAt = Date.now();
  const progress = Progress.from(from);
  let isInterrupted = false;
  onInterrupt(() => {
    isInterrupted = true;
    progress.stop();
  });
  const endLine = eachSecond(() => showLine?.(lineOf(progress)));
  const share = { deployment, end: from + seeds, until: startedAt + seconds * 1_000 };
  const results = await Promise.all(Array.from({ length: threads }, () => runShare(share, progress)));
  endLine();
  showLine?.('');
  print(textOf(results, (Date.now() - startedAt) / 1_000));
  print(seedsOf(from, progress.nextSeed, share.end));
  if (isInterrupted) return INTERRUPTED;
  return progress.broken === 0 ? 0 : 1;
}

/** Which seeds ran, and where the next run begins. */
function seedsOf(from: number, next: number, end: number): string {
  const ran = next === from ? 'No seed ran.' : `Seeds ${from} to ${next - 1} ran.`;
  return next < end ? `${ran} Continue with --from ${next}.` : ran;
}

function lineOf({ schedules, faults, broken }: Progress): string {
  return `${count(schedules)} schedules with ${count(faults)} faults. ${count(broken)} schedules broke a promise.`;
}

function textOf(results: readonly ShareResult[], seconds: number): string {
  const sum = (of: (result: ShareResult) => number) => results.reduce((total, result) => total + of(result), 0);
  const schedules = sum((result) => result.schedules);
  const outcomes = [...new Set(results.flatMap((result) => Object.keys(result.outcomes)))].toSorted();
  const broken = new Set(results.flatMap((result) => Object.keys(result.broken)));
  const cpuMs = schedules === 0 ? 0 : sum((result) => result.cpuMs) / schedules;
  return [
    `${count(schedules)} schedules with ${count(sum(({ faults }) => faults))} faults in ` +
      `${seconds.toFixed(0)} s (${cpuMs.toFixed(1)} ms of CPU each)`,
    outcomes.map((name) => `${name}: ${sum((result) => result.outcomes[name] ?? 0)}`).join(', '),
    broken.size === 0 ? 'No promise was broken.' : `${broken.size} promises were broken:`,
    ...[...broken].map((name) => {
      const found = results.flatMap((result) => result.broken[name] ?? []);
      return `\n${found.reduce((total, { count: times }) => total + times, 0)} times\n${found[0]?.first}`;
    }),
  ].join('\n');
}

function count(number: number): string {
  return number.toLocaleString('en');
}
