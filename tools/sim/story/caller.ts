import { SECRETS } from '../../../lambdas/adapters/budgets.ts';
import type { HttpOperation } from '../../../lambdas/contract/failure.ts';
import type { HttpSettings } from '../../../lambdas/contract/settings.ts';
import type { CallResult } from '../../../lambdas/domain/boundary/call-result.ts';
import { callKey } from '../../../lambdas/domain/ledger/effect-key.ts';
import type { Call } from '../../../lambdas/use-cases/call.ts';
import type { Dependency } from '../cloud/dependency.ts';
import { type FaultKind, READ_FAULTS } from '../world/faults.ts';
import type { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';

/** A frozen process has sent its request already: what keeps it from a late one is its lease. */
const CALL_FAULTS: readonly FaultKind[] = ['crash-before', 'crash-after', 'answer-lost', 'freeze'];

const timedOut = (ms: number): CallResult => ({
  kind: 'failed',
  error: { name: 'TimeoutError', message: `no answer within ${ms} ms` },
});

/** Calls the dependencies over the network, from one process. */
export function callerOf(world: World, process: Process, dependencies: ReadonlyMap<string, Dependency>): Call {
  return async (operation, settings, entry, depart) => {
    const http = settings as HttpSettings;
    if (http.auth) await process.request('secret', () => undefined, { faults: READ_FAULTS, budget: SECRETS });
    const key = http.idempotencyKeys ? callKey(entry, settings.name) : undefined;
    depart(settings.timeoutMs);
    return send(world, process, { operation, settings: http, key, to: dependencies.get(settings.name) });
  };
}

interface Sending {
  readonly operation: HttpOperation;
  readonly settings: HttpSettings;
  readonly key: string | undefined;
  readonly to: Dependency | undefined;
}

function send(world: World, process: Process, { operation, settings, key, to }: Sending): Promise<CallResult> {
  if (process.isDead) return new Promise(() => undefined);
  const { name, timeoutMs } = settings;
  const fault = world.faults.inject(`${process.role} calls ${name}`, CALL_FAULTS);
  if (fault) world.note(process.name, () => `!! ${fault} at the call of ${name}`);
  if (fault === 'crash-before') {
    process.die();
    return new Promise(() => undefined);
  }
  if (fault === 'freeze') process.freeze();
  const sentAt = world.now;
  return new Promise((resolve) => {
    const timeOut = () => process.resume(() => resolve(timedOut(timeoutMs)));
    world.after(world.chance.between('call', 2, 30), () => {
      const { method, path, ifMatch, body, checkpoint } = operation;
      const reply = to?.receive({ method, path, ifMatch, body, checkpoint, key, by: process.name });
      if (fault === 'crash-after') return process.die();
      const isSilent = !reply?.result || fault === 'answer-lost' || reply.tookMs > timeoutMs;
      if (isSilent && reply) to?.unclear.add(path);
      if (isSilent) world.at(sentAt + timeoutMs, timeOut);
      else world.after(reply.tookMs, () => process.resume(() => resolve(reply.result as CallResult)));
    });
  });
}
