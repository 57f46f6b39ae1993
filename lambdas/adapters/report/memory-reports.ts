import { isPlainObject } from '../../contract/json-round-trip.ts';
import { REPORT_SOURCE, type ReportedDependency } from '../../contract/report-settings.ts';
import type { ReportSource } from './report-source.ts';

/** Settings of a dependency for tests. */
type TestedDependency =
  | Partial<Extract<ReportedDependency, { readonly kind: 'http' }>>
  | { readonly kind: 'lambda' | 'queue' };

/**
 * Reports in the memory of this process.
 *
 * @example
 * import assert from 'node:assert';
 * const reports: MemoryReports = memoryReports();
 * const failed = { dependency: 'resize', id: 'image-1', operation: { body: { image: 1 } } };
 * await reportFailure(new Error('down'), failed, { reports });
 * assert.equal(reports.sent[0]?.id, 'image-1');
 */
export interface MemoryReports extends ReportSource {
  /** The details of all reports, oldest first. */
  readonly sent: readonly Readonly<Record<string, unknown>>[];
  /** Bodies of more than 64 KiB, as JSON, by the `key` of their `bodyClaim`. */
  readonly bodies: ReadonlyMap<string, string>;
}

/**
 * Keeps reports in memory, for unit tests. Checks each as the pipeline does, and calls no service.
 *
 * @param dependencies settings by name. Others are HTTP APIs at `https://‹name›.example.com` with `idempotencyKeys`
 * @param options `largeBodies`: as the pipeline's setting of this name. @default false
 * @example
 * const reports = memoryReports({ payments: { baseUrl: 'http://127.0.0.1:8080' } });
 * const payments = backstop('payments', { reports });
 */
export function memoryReports(
  dependencies: Readonly<Record<string, TestedDependency>> = {},
  { largeBodies = false }: { readonly largeBodies?: boolean } = {},
): MemoryReports {
  const sent: Readonly<Record<string, unknown>>[] = [];
  const stored = new Map<string, string>();
  return {
    sent,
    bodies: stored,
    takesBodies: largeBodies,
    dependencyOf: (name) => settingsOf(name, Object.hasOwn(dependencies, name) ? dependencies[name] : undefined),
    async send({ detail, bodies }) {
      for (const { key, content } of bodies) stored.set(key, Buffer.from(content).toString());
      const parsed: unknown = JSON.parse(detail);
      if (isPlainObject(parsed)) sent.push(parsed);
    },
  };
}

function settingsOf(name: string, { kind = 'http', ...others }: TestedDependency = {}): ReportedDependency {
  if (kind !== 'http') return { kind, source: REPORT_SOURCE, repeatable: true };
  const baseUrl = `https://${name}.example.com`;
  return { kind, source: REPORT_SOURCE, baseUrl, timeoutMs: 5_000, idempotencyKeys: true, ...others };
}
