import { openHealth } from './adapters/health/open-health.ts';
import { withSafeErrors } from './adapters/telemetry.ts';
import { answerRequest } from './use-cases/health/answer-request.ts';

const ports = openHealth();

/** Answers `/health` and `/metrics` on a function URL. */
export const handler = withSafeErrors((event) => answerRequest(event, ports));
