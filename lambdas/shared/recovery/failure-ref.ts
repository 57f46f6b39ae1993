import * as v from 'valibot';

/** What the Recovery machine says of the failure that it works on. */
const Ref = v.object({
  id: v.string(),
  cycle: v.pipe(v.number(), v.integer(), v.minValue(1)),
  correlationId: v.string(),
});

export interface MachineRef {
  readonly id: string;
  readonly cycle: number;
  readonly correlationId: string;
  /** The same as `id`, under the name that log lines use. */
  readonly failureId: string;
}

export function failureRef(input: unknown): MachineRef {
  const { id, cycle, correlationId } = v.parse(Ref, input);
  return { id, cycle, correlationId, failureId: id };
}
