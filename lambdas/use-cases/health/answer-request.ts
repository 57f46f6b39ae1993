import * as v from 'valibot';
import type { Clock } from '../../contract/time.ts';
import { withoutTrailingSlashes } from '../../contract/trailing-slashes.ts';
import type { StoredCircuit } from '../../domain/circuit/circuit-store.ts';
import { healthMetrics, type QueueCount } from '../../domain/health/health-metrics.ts';
import { healthReport, unhealthy } from '../../domain/health/health-report.ts';
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from '../../domain/health/prometheus.ts';
import type { Backlog } from '../../domain/ledger/pending-shard.ts';

/** Event of a function URL. */
const Request = v.object({
  rawPath: v.string(),
  requestContext: v.object({ http: v.object({ method: v.string() }) }),
});

/** Response of a function URL. */
interface Response {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HealthPorts {
  /** Name of the pipeline. */
  readonly service: string;
  readonly dependencies: readonly string[];
  readonly now: Clock;
  readonly circuits: (now: number) => Promise<readonly StoredCircuit[]>;
  readonly queues: () => Promise<readonly QueueCount[]>;
  readonly backlog: () => Promise<Backlog>;
  /** Called with the error if a table or queue cannot be read. */
  readonly onError: (error: unknown) => void;
}

/**
 * Answers `GET /health` and `GET /metrics`, with status 503 if a table or queue cannot be read.
 *
 * @throws ValiError if `event` is not an event of a function URL
 */
export async function answerRequest(event: unknown, ports: HealthPorts): Promise<Response> {
  const { rawPath, requestContext } = v.parse(Request, event);
  const path = withoutTrailingSlashes(rawPath);
  if (path !== '/health' && path !== '/metrics') return text(404, 'Not found. Use /health or /metrics.\n');
  const { method } = requestContext.http;
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'Method not allowed. Use GET.\n', { allow: 'GET, HEAD' });
  return path === '/health' ? health(ports) : metrics(ports);
}

async function health({ dependencies, now, circuits, onError }: HealthPorts): Promise<Response> {
  const at = now();
  try {
    return json(200, healthReport(dependencies, await circuits(at), at));
  } catch (error) {
    onError(error);
    return json(503, unhealthy(at));
  }
}

async function metrics({ service, dependencies, ...ports }: HealthPorts): Promise<Response> {
  const now = ports.now();
  try {
    const [circuits, queues, backlog] = await Promise.all([ports.circuits(now), ports.queues(), ports.backlog()]);
    const families = healthMetrics({ service, dependencies, circuits, queues, backlog, now });
    return text(200, prometheusText(families), { 'content-type': PROMETHEUS_CONTENT_TYPE });
  } catch (error) {
    ports.onError(error);
    return text(503, "Can't read the tables or queues.\n");
  }
}

const COMMON = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

function json(statusCode: number, body: unknown): Response {
  return { statusCode, headers: { ...COMMON, 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function text(statusCode: number, body: string, headers: Readonly<Record<string, string>> = {}): Response {
  return { statusCode, headers: { ...COMMON, 'content-type': 'text/plain; charset=utf-8', ...headers }, body };
}
