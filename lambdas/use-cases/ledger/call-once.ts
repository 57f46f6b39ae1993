import { errorName } from '../../contract/errors.ts';
import type { EffectKey } from '../../domain/ledger/effect-key.ts';
import type { EffectLease } from '../../domain/ledger/effect-transitions.ts';
import type { Log } from '../telemetry.ts';
import type { EffectStart, Effects } from './effects.ts';
import type { Ledger } from './ledger.ts';
import { withinLease } from './within-lease.ts';

/** A call under a key of the effects table. */
export interface KeyedCall<Result, Success> {
  readonly key: EffectKey;
  readonly lease: EffectLease;
  /** Makes the call. Throws only if it has sent nothing that may have had an effect. */
  readonly make: () => Promise<Result>;
  /** What the effects table keeps of the result. */
  readonly endOf: (result: Result) => CallEnd<Success>;
}

/** How a call ended. `in-doubt`: it failed, and may have had an effect all the same. */
export type CallEnd<Success> =
  | { readonly kind: 'done'; readonly success: Success }
  | { readonly kind: 'no-effect' }
  | { readonly kind: 'in-doubt' };

export type OnceResult<Result, Success> =
  | { readonly kind: 'made'; readonly result: Result }
  /** An earlier call under the key has succeeded, so this one was not made. */
  | { readonly kind: 'earlier'; readonly success: Success }
  /** Another call is in flight. */
  | { readonly kind: 'under-way' }
  | { readonly kind: 'not-made'; readonly error: unknown };

interface OncePorts {
  readonly effects: Effects;
  readonly ledger: Pick<Ledger, 'now'>;
  readonly log: Log;
}

/**
 * Makes a call unless one has succeeded under its key before. Marks it as started before it leaves, and records how it
 * ended.
 */
export async function callOnce<Result, Success>(
  call: KeyedCall<Result, Success>,
  ports: OncePorts,
): Promise<OnceResult<Result, Success>> {
  let result: Result;
  try {
    const start: EffectStart<Success> = await ports.effects.begin(call.key, call.lease);
    if (start.kind === 'done') return { kind: 'earlier', success: start.success };
    if (start.kind === 'under-way') return { kind: 'under-way' };
    result = await call.make();
  } catch (error) {
    // Even a mark that failed may exist, because only its answer was lost.
    await keep(call, { kind: 'no-effect' }, ports);
    return { kind: 'not-made', error };
  }
  await keep(call, call.endOf(result), ports);
  return { kind: 'made', result };
}

/** Records the end. If that fails, this call continues: its mark ends with the lease, and says less. */
async function keep(
  { key, lease: { token, until } }: Pick<KeyedCall<unknown, unknown>, 'key' | 'lease'>,
  end: CallEnd<unknown>,
  { effects, ledger, log }: OncePorts,
): Promise<void> {
  try {
    await withinLease(until, ledger, () => record(key, token, end, effects));
  } catch (error) {
    log('recording the effect failed', { cause: errorName(error) });
  }
}

function record(key: EffectKey, token: string, end: CallEnd<unknown>, effects: Effects): Promise<void> {
  switch (end.kind) {
    case 'done':
      return effects.complete(key, token, end.success);
    case 'no-effect':
      return effects.free(key, token);
    case 'in-doubt':
      return effects.doubt(key, token);
    default:
      return end satisfies never;
  }
}
