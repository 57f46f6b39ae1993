import { SendTaskSuccessCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { Wake } from '../../use-cases/conflict/answer-question.ts';

/** Errors that mean that no execution waits with the token any more. */
const NO_LONGER_WAITING: ReadonlySet<string> = new Set(['TaskDoesNotExist', 'TaskTimedOut', 'InvalidToken']);

export function createWaker(client: SFNClient): Wake {
  return async (taskToken) => {
    try {
      await client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
    } catch (error) {
      if (!(error instanceof Error && NO_LONGER_WAITING.has(error.name))) throw error;
    }
  };
}
