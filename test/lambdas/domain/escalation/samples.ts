import { TOOL } from '../../../../lambdas/contract/command-line.ts';
import type { Incident, IncidentNotification } from '../../../../lambdas/domain/escalation/incident.ts';
import type { Signal } from '../../../../lambdas/domain/escalation/signal.ts';
import type { StackReference } from '../../../../lambdas/domain/escalation/texts.ts';

type Of<Kind extends Signal['kind']> = Extract<Signal, { kind: Kind }>;

/** ISO time at the given second after noon. */
export const at = (second: number) => new Date(Date.UTC(2026, 2, 1, 12, 0, second)).toISOString();

export function deadLetter(
  second: number,
  change: Partial<Of<'dead-letter'>['sample']> & { compensation?: string; priority?: string } = {},
): Of<'dead-letter'> {
  const { compensation = 'none', priority = 'P2', ...sample } = change;
  return {
    kind: 'dead-letter',
    at: at(second),
    dependency: 'payments',
    priority,
    compensation,
    sample: {
      failureId: `order-${second}`,
      correlationId: `trace-${second}`,
      reason: 'exhausted',
      rule: 'http-503',
      attempts: 7,
      ...sample,
    },
  };
}

export const circuit = (second: number, to: string, name = 'payments'): Of<'circuit'> => ({
  kind: 'circuit',
  at: at(second),
  dependency: 'payments',
  circuit: name,
  to,
  sequence: second + 1,
  arrivedAt: at(second),
});

export const alarm = (second: number, rings: boolean, change: Partial<Of<'alarm'>> = {}): Of<'alarm'> => ({
  kind: 'alarm',
  at: at(second),
  dependency: 'payments',
  alarm: 'Stack-Payments',
  rings,
  priority: 'P2',
  summary: 'Failures of payments wait.',
  section: 'lane-dead-letters',
  ...change,
});

export const operator = (second: number, by = 'anna', change: Partial<Of<'operator'>> = {}): Of<'operator'> => ({
  kind: 'operator',
  at: at(second),
  dependency: 'payments',
  action: 'incident-acknowledged',
  by,
  ...change,
});

export const question = (second: number, failureId = 'order-7'): Of<'notice'> => ({
  kind: 'notice',
  at: at(second),
  about: 'question',
  dependency: 'payments',
  notes: [],
  failureId,
  correlationId: 'trace-7',
  summary: 'Backstop: a decision is needed',
});

/** Where messages come from. */
export const sampleWhere: StackReference = {
  stack: 'BackstopPipeline',
  service: 'BackstopPipeline/Pipeline',
  account: '111122223333',
  region: 'eu-west-1',
  operatorCommand: TOOL,
  runbookUrl: 'https://runbook.example/runbook.md',
  sections: {},
};

export const sampleIncident: Incident = {
  cause: 'permanent:http-422',
  number: 3,
  priority: 'P1',
  state: 'open',
  section: 'dead-letter-permanent',
  summary: 'Failures of payments became dead letters: permanent (rule http-422)',
  count: 500,
  firstAt: at(0),
  lastAt: at(59),
  samples: [{ failureId: 'order-1', correlationId: 'trace-1', reason: 'permanent', rule: 'http-422', attempts: 1 }],
};

export const sampleNotification = (
  telling: IncidentNotification['telling'],
  change: Partial<Incident> = {},
  subject = 'payments',
): IncidentNotification => ({
  subject,
  telling,
  incident: { ...sampleIncident, ...change },
});

/** A failure ends without a dead letter. */
export const ended = (second: number, failureId: string): Of<'ended'> => ({
  kind: 'ended',
  at: at(second),
  dependency: 'payments',
  failureId,
});
