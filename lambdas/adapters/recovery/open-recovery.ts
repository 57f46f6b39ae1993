import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { refusePending } from '../../use-cases/call.ts';
import type { Circuits } from '../../use-cases/circuit/circuits.ts';
import type { DegradePorts } from '../../use-cases/fallback/degrade.ts';
import { storingAnswers } from '../../use-cases/fallback/last-good.ts';
import type { AttemptPorts, ConflictPorts } from '../../use-cases/recovery/attempt-operation.ts';
import type { HotTierPorts } from '../../use-cases/recovery/hot-tier.ts';
import type { UndoPorts } from '../../use-cases/undo/undo-failure.ts';
import { dependencyCaller } from '../boundary/dependency-caller.ts';
import { DYNAMODB, within } from '../budgets.ts';
import { openCircuits } from '../circuit/open-circuits.ts';
import { createResolver } from '../conflict/resolver.ts';
import { env, envNumber, loadDependencies } from '../environment.ts';
import { lateArns } from '../facts/late-arns.ts';
import { answerStore } from '../fallback/answer-store.ts';
import { DynamoDBLedger, type LedgerOptions, separatesOperations } from '../ledger/dynamodb-ledger.ts';
import { createEffects } from '../ledger/effects.ts';
import { log, telemetry } from '../telemetry.ts';

/** Where a process keeps what it knows of failures. */
interface RecoveryPlace extends LedgerOptions {
  readonly effectsTable: string;
  readonly retentionMs: number;
  readonly circuits: Circuits;
}

/** What every function that makes calls needs. */
export type RecoveryStores = Pick<AttemptPorts, 'ledger' | 'effects' | 'circuits' | 'log' | 'telemetry' | 'newToken'> &
  Pick<HotTierPorts, 'random' | 'sleep'> &
  Pick<DegradePorts, 'answers'>;

export function recoveryStores({ effectsTable, circuits, ...ledger }: RecoveryPlace): RecoveryStores {
  const { client, table, retentionMs, now } = ledger;
  return {
    ledger: new DynamoDBLedger(ledger),
    effects: createEffects({ client, table: effectsTable, retentionMs, now }),
    answers: answerStore({ client, table }),
    circuits,
    log,
    telemetry,
    newToken: randomUUID,
    random: Math.random,
    sleep: async (ms) => sleep(ms),
  };
}

/** Dependencies by name, for ports. */
interface Known {
  readonly dependencies: ReturnType<typeof loadDependencies>;
  readonly settingsOf: DegradePorts['settingsOf'];
}

/** Opens the ports of attempts and conflict rounds, as the function's environment says. */
export function openAttempts(): RecoveryStores & Pick<AttemptPorts, 'call' | 'conflicts'> & Known {
  const stores = openStores();
  return { ...stores, ...openSettings(), conflicts: openConflicts(), call: storingAnswers(dependencyCaller(), stores) };
}

/** Opens the ports of fallbacks, as the function's environment says. */
export function openFallbacks(): DegradePorts {
  return { ...openStores(), ...openSettings(), call: refusePending(dependencyCaller(() => true)) };
}

/** Opens the ports of the undo, as the function's environment says. */
export function openUndo(): Omit<UndoPorts, 'remainingMs'> {
  const call = refusePending(dependencyCaller(() => false));
  return { ...openStores(), ...openSettings(), call, deadlineMs: envNumber('DEADLINE_MS') };
}

function openStores(): RecoveryStores {
  return recoveryStores({
    client: new DynamoDBClient(within(DYNAMODB)),
    table: env('LEDGER_TABLE'),
    effectsTable: env('EFFECTS_TABLE'),
    reconcileAfterMs: envNumber('RECONCILE_AFTER_MS'),
    retentionMs: envNumber('RETENTION_MS'),
    separates: separatesOperations(),
    circuits: openCircuits(),
  });
}

function openSettings(): Known {
  const dependencies = loadDependencies();
  return { dependencies, settingsOf: (name) => dependencies.get(name) };
}

function openConflicts(): ConflictPorts {
  const arnsOf = lateArns();
  return {
    read: refusePending(dependencyCaller(() => 'to-compare')),
    askResolver: createResolver(async (dependency) => (await arnsOf(dependency)).resolverArn),
    decisionMs: envNumber('DECISION_MS'),
    deadlineMs: envNumber('DEADLINE_MS'),
  };
}
