import type { LanePorts } from '../../lambdas/adapters/lane/lane-batch.ts';
import { telemetry } from '../../lambdas/adapters/telemetry.ts';
import { type FailureKey, failureName } from '../../lambdas/contract/failure-key.ts';
import type { LedgerEntry } from '../../lambdas/contract/ledger-entry.ts';
import type { Ledger } from '../../lambdas/use-cases/ledger/ledger.ts';
import { sampleCircuits } from './circuits.ts';
import { NO_CONFLICTS } from './conflicts.ts';
import { sampleEffects } from './memory-effects.ts';
import { NOW } from './samples.ts';

/** The ledger's answer for each id: an entry or an error. */
export type Known = Readonly<Record<string, LedgerEntry | Error>>;

type Own = 'intake' | 'startRecovery' | 'keepRejected' | 'requeue';

/**
 * Tools of a lane whose ledger knows only the given entries. It stores any other failure as settled.
 * @returns the tools, and `claimed`: all ids that the ledger received
 */
export function lanePorts(known: Known, own: Pick<LanePorts, Own> & Partial<Omit<LanePorts, 'parking'>>) {
  const claimed: string[] = [];
  const ledger = {
    now: NOW,
    get: async (key: FailureKey) => {
      const found = known[failureName(key)?.id ?? ''];
      return found instanceof Error ? undefined : found;
    },
    claim: async (entry: LedgerEntry) => {
      claimed.push(entry.id);
      const found = known[entry.id];
      if (found instanceof Error) throw found;
      return { ...(found ?? { ...entry, state: 'settled', outcome: 'recovered' }), fingerprint: entry.fingerprint };
    },
  } as unknown as Ledger;
  const ports: LanePorts = {
    ledger,
    effects: sampleEffects(),
    circuits: sampleCircuits(() => NOW).circuits,
    conflicts: NO_CONFLICTS,
    call: async () => ({ kind: 'ok', statusCode: 200 }),
    log: () => undefined,
    telemetry,
    sleep: async () => undefined,
    newToken: () => 'token',
    random: () => 0,
    parking: { park: async () => undefined },
    ...own,
  };
  return { ports, claimed };
}
