import type { RescueRequest } from '../../contract/resume-points.ts';
import { rescue } from '../../use-cases/saga/rescue.ts';
import { count, logger } from '../telemetry.ts';

export interface SagaPorts {
  readonly executions: Parameters<typeof rescue>[1];
  readonly runbookUrl: string;
  /** Keeps what a human must finish, in the last-resort queue. */
  readonly keep: (message: object) => Promise<void>;
}

/** Continues a stopped saga, and reports what happened. */
export async function continueSaga(request: RescueRequest, { executions, runbookUrl, keep }: SagaPorts) {
  const { executionArn, saga } = request;
  const about = { saga: saga.name, execution: executionArn.replace(/^.*:/, '') };
  const result = await rescue(request, executions);
  switch (result.kind) {
    case 'none':
      return result;
    case 'rescued':
      logger.warn('saga rescued', { ...about, at: result.at, direction: result.direction });
      count('SagaRescued', { direction: result.direction });
      return result;
    case 'given-up': {
      const { reason } = result;
      logger.error('saga left to a human', { ...about, reason });
      const section = `${runbookUrl}#a-saga-that-stopped-halfway`;
      await keep({ saga: saga.name, executionArn, reason, runbookUrl: section });
      return result;
    }
    default:
      return result satisfies never;
  }
}
