import { vi } from 'vitest';
import { type BackstopOptions, backstop, memoryReports } from '../../../../lambdas/adapters/report/library.ts';
import { PAYMENTS } from './report-scene.ts';

export const BODY = { order: 'order-1', amount: 4200 };

/** A client whose calls get this answer, or meet this error. */
export function scene(answer: Response | Error, options: BackstopOptions = {}, settings = {}, largeBodies = false) {
  const reports = memoryReports({ payments: { baseUrl: PAYMENTS.baseUrl, ...settings } }, { largeBodies });
  const fetch = vi.fn(async (_: URL, __: RequestInit) => {
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return { payments: backstop('payments', { reports, fetch, ...options }), reports, fetch };
}

export const status = (code: number, headers = {}, body = '') => new Response(body, { status: code, headers });
