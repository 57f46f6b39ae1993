import { CHECKPOINT_HEADER } from '../../contract/checkpoint-header.ts';
import type { HttpOperation } from '../../contract/failure.ts';

const MAX_LENGTH = 4_096;

/** The checkpoint as a header can have it: characters other than printable ASCII are percent-encoded as UTF-8. */
export function checkpointHeader(checkpoint: string): string {
  return checkpoint.replace(/[^\x20-\x7e]+/g, encodeURIComponent);
}

/** How far the dependency got before it failed, if its answer says so. What no later call could send doesn't count. */
export function checkpointOf(headers: Pick<Headers, 'get'>): string | undefined {
  const value = headers.get(CHECKPOINT_HEADER)?.trim() ?? '';
  return value.length <= MAX_LENGTH && /^[\x20-\x7e]+$/.test(value) ? value : undefined;
}

/** The operation as a later call makes it. */
export function resumedAt<Operation extends Pick<HttpOperation, 'checkpoint'>>(
  operation: Operation,
  checkpoint: string | undefined,
): Operation {
  return checkpoint === undefined ? operation : { ...operation, checkpoint };
}
