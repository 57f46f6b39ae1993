import type { OperationName, OperatorArguments } from '../../domain/operator/operator-call.ts';
import type { OperatorResults } from './desk.ts';
import type { DeskPorts, Operations } from './desk-ports.ts';
import { LONG_ACTIONS } from './long-actions.ts';
import { LOOKS } from './looks.ts';
import { SINGLE_ACTIONS } from './single-actions.ts';

const ALL: Operations<OperationName> = { ...SINGLE_ACTIONS, ...LONG_ACTIONS, ...LOOKS };

/**
 * Does an operation of an operator, with its records.
 *
 * @param principal ARN of the caller, as AWS has authenticated it
 * @throws RefusedError, DecisionError, EditError or RedriveUnderWayError if the action is not possible now
 */
export function perform<Name extends OperationName>(
  operation: Name,
  args: OperatorArguments[Name],
  principal: string,
  ports: DeskPorts,
): Promise<OperatorResults[Name]> {
  return ALL[operation](args, principal, ports);
}
