import { SendTaskSuccessCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { Wake } from '../../use-cases/conflict/decisions.ts';

/** Nobody waits with the token any more: the time is over, or somebody has been faster. */
const NO_LONGER_WAITING: ReadonlySet<string> = new Set(['TaskDoesNotExist', 'TaskTimedOut', 'InvalidToken']);

export function waker(client: SFNClient): Wake {
  return async (taskToken) => {
    try {
      await client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
    } catch (error) {
      if (!(error instanceof Error && NO_LONGER_WAITING.has(error.name))) throw error;
    }
  };
}
