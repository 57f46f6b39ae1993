import { describe, expect, it } from 'vitest';
import { named, resource, sharedTemplates } from '../templates.ts';

const { pipeline } = sharedTemplates();

const every = {
  BACKSTOP_SERVICE: 'BackstopPipeline/Pipeline',
  NODE_OPTIONS: '--enable-source-maps',
  LEDGER_TABLE: 'Ledger',
  CIRCUITS_TABLE: 'Circuits',
  RETENTION_MS: '2592000000',
  RECONCILE_AFTER_MS: '900000',
  DEADLINE_MS: '21600000',
  DECISION_MS: '259200000',
  SEPARATE_OPERATIONS: 'true',
};

const worker = (dependency: string, lane: string) => ({
  DEPENDENCY: dependency,
  EFFECTS_TABLE: 'Effects',
  LANE_QUEUE_URL: `${lane}Queue`,
  REJECTS_QUEUE_URL: 'Rejects',
  PARKED_QUEUE_URL: 'ParkedQueue',
  RUNBOOK_URL: 'docs/runbook.md',
  DEAD_LETTER_QUEUE_URL: `${lane}DeadLetters`,
  RECOVERY_MACHINE_ARN: 'RecoveryMachine',
});

describe('a function', () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ['PaymentsLaneWorker', worker('payments', 'PaymentsLane')],
    ['StockLevelsLaneWorker', worker('stock-levels', 'StockLevelsLane')],
    ['RecoveryFunctionsAttempt', { EFFECTS_TABLE: 'Effects' }],
    ['RecoveryFunctionsResolve', { EFFECTS_TABLE: 'Effects' }],
    ['RecoveryFunctionsAsk', {}],
    ['RecoveryFunctionsDegrade', { EFFECTS_TABLE: 'Effects' }],
    ['RecoveryFunctionsUndo', { EFFECTS_TABLE: 'Effects', DEADLINE_MS: '21600000' }],
    ['RecoveryFunctionsClassify', { RUNBOOK_URL: 'docs/runbook.md' }],
    ['RecoveryFunctionsSettle', { RUNBOOK_URL: 'docs/runbook.md', EFFECTS_TABLE: 'Effects' }],
    ['PublisherFunction', { EVENT_BUS_NAME: 'Outcomes' }],
    [
      'ReconcilerFunction',
      {
        EVENT_BUS_NAME: 'Outcomes',
        EFFECTS_TABLE: 'Effects',
        RECOVERY_MACHINE_ARN: 'RecoveryMachine',
        LAST_RESORT_QUEUE_URL: 'LastResort',
        RUNBOOK_URL: 'docs/runbook.md',
      },
    ],
  ])('is told what it works with: %s', (name, environment) => {
    const { Variables } = resource(pipeline, 'AWS::Lambda::Function', `Pipeline${name}`).Properties.Environment;
    expect(Object.fromEntries(Object.entries(Variables).map(([key, value]) => [key, named(value)]))).toEqual({
      ...every,
      ...environment,
    });
  });
});
