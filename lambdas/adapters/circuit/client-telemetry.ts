import { Console } from 'node:console';
import { SERVICE_VARIABLE } from '../../contract/metrics.ts';
import { plainText } from '../../domain/disclosure/plain-text.ts';
import type { Log, Telemetry } from '../../use-cases/telemetry.ts';

/** Levels of Lambda and of Powertools, the least important first. */
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL', 'CRITICAL', 'SILENT'] as const;
const YES = /^(?:true|1|y|yes|t|on)$/i;

let ownConsole: Console | undefined;

/**
 * Log lines and metrics of the circuit in a user's function. They look as those of the pipeline, which Powertools
 * writes: that library would be a sixth of what the function loads. It obeys the same variables, too.
 */
export const clientTelemetry: Telemetry = { warn: logAt('WARN'), error: logAt('ERROR'), count };

function logAt(level: 'WARN' | 'ERROR'): Log {
  return (message, facts) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(leastLevel())) return;
    const line = {
      level,
      message,
      timestamp: new Date().toISOString(),
      service: service(),
      sampling_rate: 0,
      xray_trace_id: /Root=([\w-]{1,128})/.exec(process.env._X_AMZN_TRACE_ID ?? '')?.[1],
      ...present(facts),
    };
    printer()[level === 'WARN' ? 'warn' : 'error'](JSON.stringify(line, withPlainTexts));
  };
}

/** Without what says nothing. */
function present(facts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null && value !== ''));
}

function count(...[name, dimensions = {}]: Parameters<Telemetry['count']>): void {
  const { POWERTOOLS_METRICS_DISABLED: disabled, POWERTOOLS_DEV: isDevelopment } = process.env;
  if (isYes(disabled ?? isDevelopment)) return;
  const all = { service: service(), ...dimensions };
  const Metrics = [{ Name: name, Unit: 'Count' }];
  const CloudWatchMetrics = [{ Namespace: 'Backstop', Dimensions: [Object.keys(all)], Metrics }];
  const metric = { _aws: { Timestamp: Date.now(), CloudWatchMetrics }, ...all, [name]: 1 };
  printer().log(JSON.stringify(metric));
}

/** Lambda's own setting comes first. */
function leastLevel(): (typeof LEVELS)[number] {
  const { AWS_LAMBDA_LOG_LEVEL, POWERTOOLS_LOG_LEVEL, LOG_LEVEL } = process.env;
  const wanted = [AWS_LAMBDA_LOG_LEVEL, POWERTOOLS_LOG_LEVEL || LOG_LEVEL];
  for (const text of wanted) {
    const level = LEVELS.find((known) => known === text);
    if (level) return level;
  }
  return 'INFO';
}

/** The runtime of Lambda adds its own text to what goes through the global console. */
function printer(): Console {
  if (isYes(process.env.POWERTOOLS_DEV)) return console;
  const { stdout, stderr } = process;
  ownConsole ??= new Console({ stdout, stderr });
  return ownConsole;
}

function isYes(text = ''): boolean {
  return YES.test(text.trim());
}

function service(): string {
  return process.env[SERVICE_VARIABLE] ?? 'backstop';
}

/** JSON leaves characters as they are that reverse or hide others on the reader's screen. */
function withPlainTexts(_: string, value: unknown): unknown {
  return typeof value === 'string' ? value.split('\n').map(plainText).join('\n') : value;
}
