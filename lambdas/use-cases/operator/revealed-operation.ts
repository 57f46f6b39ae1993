import { BodyClaimError } from '../../contract/body-claim.ts';
import type { HttpOperation } from '../../contract/failure.ts';
import { wholeOperation } from '../../domain/operator/shown-operation.ts';
import type { OperatorResults } from './desk.ts';
import type { DeskPorts } from './desk-ports.ts';

/**
 * A larger body in the bucket stays there. A function answers 6 MB at most, and escapes of an answer within an answer
 * can make a text four times as long.
 */
const MAX_REVEALED_BYTES = 1024 * 1024;

/** An operation as it is, with the body that it claims. Says why, if that body can't be shown. */
export async function revealedOperation(
  operation: HttpOperation,
  { claimBody }: Pick<DeskPorts, 'claimBody'>,
): Promise<Pick<OperatorResults['reveal'], 'operation' | 'unshownBody'>> {
  const { bodyClaim } = operation;
  const stored = wholeOperation(operation);
  if (bodyClaim === undefined) return { operation: stored };
  if (bodyClaim.bytes > MAX_REVEALED_BYTES) {
    const unshownBody = `the body in the bucket has ${bodyClaim.bytes} bytes; Backstop shows at most ${MAX_REVEALED_BYTES}`;
    return { operation: stored, unshownBody };
  }
  try {
    return { operation: { ...wholeOperation(await claimBody(operation)), bodyClaim: { ...bodyClaim } } };
  } catch (error) {
    // Everything else of the operation is worth showing without it.
    if (error instanceof BodyClaimError) return { operation: stored, unshownBody: error.message };
    throw error;
  }
}
