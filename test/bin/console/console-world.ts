import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ConsoleServer, startConsole } from '../../../bin/console/console-server.ts';
import { toolOf } from '../../../bin/console/console-session.ts';
import { pageFiles } from '../../../bin/console/page-files.ts';
import { consoleRuns } from '../../../bin/console/runs.ts';
import { packaged, run } from '../../../bin/program.ts';
import { openSession } from '../../../bin/session/session.ts';
import type { LocalCloud } from '../../../tools/local/cloud.ts';
import type { World } from '../../e2e/world.ts';
import { captured } from '../../support/operator.ts';

/** Where Debian's package installs the browser. */
export const CHROMIUM = '/usr/bin/chromium';

export const hasBrowser = existsSync(CHROMIUM);

/** The console of a world. @param credentials of the operator. @default - those that may do everything */
export async function consoleOf(
  { clock, cloud }: World,
  credentials?: LocalCloud['credentials'],
): Promise<ConsoleServer> {
  const { streams } = captured();
  const globals = { stack: 'BackstopPipeline', endpoint: cloud.endpoint, color: false };
  const signal = new AbortController().signal;
  const session = await clock.run(openSession({ globals, streams, signal, credentials }));
  const tool = toolOf({ run, session });
  const api = { run: tool, runs: consoleRuns(tool) };
  return startConsole({ api, page: await pageFiles(packaged), port: 0 });
}

/** How a story in the browser ended. */
export interface Told {
  readonly story: string;
  /** What went wrong; undefined if all was well. */
  readonly problem?: string;
}

interface Stories {
  readonly set: 'shift' | 'outage';
  readonly address: string;
  /** What the stories must know, JSON. */
  readonly facts: object;
}

/**
 * Runs a set of stories in a browser. It has a process of its own, because the clock of this one may be virtual. With
 * CONSOLE_SHOTS, those that the documents show leave a picture in that folder.
 *
 * @param around lets time pass here in the meantime
 */
export async function inBrowser(
  { set, address, facts }: Stories,
  around: (work: Promise<void>) => Promise<void> = (work) => work,
): Promise<readonly Told[]> {
  const folder = process.env.CONSOLE_SHOTS;
  const args = [set, address, JSON.stringify(facts), ...(folder ? [folder] : [])];
  const child = spawn(process.execPath, [join(import.meta.dirname, 'browser.ts'), CHROMIUM, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  await around(new Promise<void>((resolve) => child.on('close', () => resolve())));
  return JSON.parse(out);
}
