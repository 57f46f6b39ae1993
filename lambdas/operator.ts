import { openDesk } from './adapters/operator/open-desk.ts';
import { withSafeErrors } from './adapters/telemetry.ts';
import { answerOperator } from './use-cases/operator/answer-operator.ts';

const ports = openDesk();

/** Does what operators ask for, behind an API that knows who they are. */
export const handler = withSafeErrors((event) => answerOperator(event, ports));
