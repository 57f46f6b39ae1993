import { createWriteStream } from 'node:fs';
import { type LocalCloud, startCloud } from '../local/cloud.ts';
import { hear, type News } from './news.ts';
import { type Report, seconds } from './report.ts';
import { stopwatch } from './stopwatch.ts';

export interface BackstopOptions {
  /** The folder of the cloud assembly. */
  readonly assembly: string;
  /** File for the log lines of the functions. */
  readonly logFile: string;
  /** Updated as log lines arrive. */
  readonly news: News;
  readonly report: Report;
}

/** Runs the synthesized app. */
export async function startBackstop({ assembly, logFile, news, report }: BackstopOptions): Promise<LocalCloud> {
  const lasted = stopwatch();
  report.status('  Starting the embedded cloud …');
  const log = createWriteStream(logFile);
  const onLog = ({ text }: { readonly text: string }) => {
    log.write(`${text}\n`);
    hear(text, news);
  };
  // The end-to-end tests run the same machines, and check them.
  const cloud = await startCloud({ assembly, onLog, hasCheckedMachines: true });
  report.status('');
  report.line(`  Started the embedded cloud in ${seconds(lasted())}`);
  return cloud;
}
