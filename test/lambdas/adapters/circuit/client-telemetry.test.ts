import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { clientTelemetry } from '../../../../lambdas/adapters/circuit/client-telemetry.ts';
import type { Telemetry } from '../../../../lambdas/use-cases/telemetry.ts';
import { printedLines, watchPrintedLines } from '../../../support/printed-lines.ts';

watchPrintedLines();

/** Variables that decide what is printed, as a user's function may have them. */
const VARIABLES = {
  AWS_LAMBDA_LOG_LEVEL: ['TRACE', 'INFO', 'WARN', 'ERROR', 'FATAL', 'warn'],
  POWERTOOLS_LOG_LEVEL: ['DEBUG', 'WARN', 'ERROR', 'CRITICAL', 'SILENT', 'loud'],
  LOG_LEVEL: ['INFO', 'ERROR', 'SILENT'],
  POWERTOOLS_METRICS_DISABLED: ['true', 'false', 'yes', '0'],
  BACKSTOP_SERVICE: ['checkout'],
  _X_AMZN_TRACE_ID: ['Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1', 'Self=2;Root=1-5759e988-abc'],
} as const;

const environments = fc.record(
  Object.fromEntries(Object.entries(VARIABLES).map(([name, values]) => [name, fc.constantFrom(...values)])),
  { requiredKeys: [] },
);
/** Names that Powertools keeps for itself are dropped by it, and the circuit uses none. */
const RESERVED = /^(?:level|message|timestamp|service|sampling_rate|xray_trace_id|.*[a-z]_[a-z].*|__proto__)$/;
const anyJson = fc.jsonValue({ maxDepth: 2 }).filter((value) => !JSON.stringify(value).includes('"__proto__"'));
const facts = fc.dictionary(
  fc.stringMatching(/^[a-zA-Z][a-zA-Z]{0,12}$/).filter((name) => !RESERVED.test(name)),
  fc.oneof(anyJson, fc.string({ unit: 'binary' }), fc.constant(undefined)),
);
const messages = fc.constantFrom('circuit state changed', 'circuits table unreachable; calls pass');

let copies = 0;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 2, 1, 12) });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

/** Sets these variables, and none of the others. */
function setEnvironment(variables: Readonly<Record<string, string>>): void {
  for (const name of [...Object.keys(VARIABLES), 'POWERTOOLS_DEV']) vi.stubEnv(name, variables[name]);
}

/** The pipeline's own telemetry, by Powertools, in an environment that it reads when it loads. */
async function telemetryOfThePipeline(): Promise<Telemetry> {
  copies += 1;
  const { telemetry } = await import(`../../../../lambdas/adapters/telemetry.ts?${copies}`);
  return telemetry;
}

function printedBy(telemetry: Telemetry, name: string, given: Readonly<Record<string, unknown>>): readonly unknown[] {
  printedLines.length = 0;
  telemetry.warn(name, given);
  telemetry.error(name, given);
  telemetry.count('CircuitChanged', { dependency: 'payments', to: 'open' });
  telemetry.count('CircuitStoreUnreachable');
  return printedLines.map((line) => JSON.parse(line));
}

it('prints the lines and metrics that the pipeline prints, in every environment', async () => {
  await fc.assert(
    fc.asyncProperty(environments, messages, facts, async (environment, message, given) => {
      setEnvironment({ POWERTOOLS_DEV: 'true', ...environment });
      const ofPipeline = printedBy(await telemetryOfThePipeline(), message, given);
      expect(printedBy(clientTelemetry, message, given)).toEqual(ofPipeline);
    }),
    { numRuns: 60 },
  );
});

it('prints both levels and both metrics if nothing else is set', () => {
  setEnvironment({ POWERTOOLS_DEV: 'true', POWERTOOLS_METRICS_DISABLED: 'false' });
  expect(printedBy(clientTelemetry, 'circuit state changed', { circuit: 'payments', by: undefined })).toMatchObject([
    { level: 'WARN', message: 'circuit state changed', service: 'backstop', circuit: 'payments' },
    { level: 'ERROR' },
    { service: 'backstop', dependency: 'payments', to: 'open', CircuitChanged: 1 },
    { CircuitStoreUnreachable: 1 },
  ]);
});

it('writes lines to the streams of the process, since the runtime of Lambda changes those of the console', () => {
  setEnvironment({});
  const written: string[] = [];
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((line) => written.push(String(line)) > 0),
  );
  clientTelemetry.error('circuits table unreachable; calls pass', {});
  clientTelemetry.count('CircuitStoreUnreachable');
  for (const spy of spies) spy.mockRestore();
  expect(written.map((line) => JSON.parse(line))).toMatchObject([{ level: 'ERROR' }, { CircuitStoreUnreachable: 1 }]);
  expect(printedLines).toEqual([]);
});
