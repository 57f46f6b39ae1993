import fc from 'fast-check';
import { expect, it } from 'vitest';
import { memoryCircuits } from '../../../../lambdas/adapters/circuit/library.ts';
import type { ReportedError } from '../../../../lambdas/contract/verdict.ts';
import { reportedError } from '../../../../lambdas/domain/boundary/reported-error.ts';
import { countsAgainst } from '../../../../lambdas/domain/circuit/dependency-fault.ts';
import { classify } from '../../../../lambdas/domain/classification/classify.ts';
import { DRIVER_ERRORS } from './driver-errors.ts';
import { CASES, MORE_CASES } from './labelled-cases.ts';

/** A real error with the facts where a client puts them. */
function thrown({ message = '', statusCode, ...facts }: ReportedError, place: (typeof PLACES)[number]): Error {
  const status = statusCode === undefined ? {} : place(statusCode);
  return Object.assign(new Error(message), facts, status);
}

const PLACES = [
  (statusCode: number) => ({ statusCode }),
  (status: number) => ({ status }),
  (status: number) => ({ status: String(status) }),
  (status: number) => ({ response: { status } }),
  (statusCode: number) => ({ response: { statusCode } }),
  (httpStatusCode: number) => ({ $metadata: { httpStatusCode } }),
] as const;

const wrap = fc.constantFrom(
  (cause: Error) => cause,
  (cause: Error) => new Error('charge failed', { cause }),
  (cause: Error) => new TypeError('fetch failed', { cause }),
  (cause: Error) => new AggregateError([cause], 'All promises were rejected'),
  (cause: Error) => Object.assign(new Error('query failed'), { name: 'QueryFailedError', driverError: cause }),
  (originalError: Error) => Object.assign(new Error('odd'), { originalError }),
);
const errors = fc
  .tuple(fc.constantFrom(...CASES, ...MORE_CASES), fc.constantFrom(...PLACES), wrap, wrap)
  .map(([{ error }, place, inner, outer]) => outer(inner(thrown(error, place))));

/** Whether the circuit of the library opens when a call throws the error. */
async function opensCircuit(error: Error): Promise<boolean> {
  const circuit = memoryCircuits({ minimumCalls: 1, failureRate: 1, now: () => 0 }).of('payments');
  const call = () => circuit.call(() => Promise.reject(error)).catch((caught: Error) => caught.name);
  await call();
  return (await call()) === 'CircuitOpenError';
}

it('library and pipeline judge a thousand errors alike, thrown or reported', async () => {
  const thousand = fc.sample(fc.oneof(errors, DRIVER_ERRORS), 1_000);
  const differences: string[] = [];
  for (const error of thousand) {
    const ofLibrary = await opensCircuit(error);
    const context = { rules: [], refreshable: false, attempts: 1, now: 0 };
    const ofPipeline = [error, reportedError(error)].map((one) => countsAgainst(classify(one, context)));
    if (ofPipeline.some((counts) => counts !== ofLibrary)) differences.push(`${error.name}: ${error.message}`);
  }
  expect(differences).toEqual([]);
});

it('a reported error gets the verdict of the thrown one, in all its parts', () => {
  fc.assert(
    fc.property(fc.oneof(errors, DRIVER_ERRORS), fc.nat(1), fc.boolean(), (error, attempts, refreshable) => {
      const context = { rules: [], refreshable, attempts, now: 0 };
      const reported = reportedError(error);
      expect(classify(reported, context)).toEqual(classify(error, context));
      // An event carries the error as JSON, and is read once more.
      expect(reportedError(JSON.parse(JSON.stringify(reported)))).toEqual(reported);
    }),
    { numRuns: 1_000 },
  );
});
