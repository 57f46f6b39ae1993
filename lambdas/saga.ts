import { continueSaga } from './adapters/saga/continue-saga.ts';
import { openSaga } from './adapters/saga/open-saga.ts';
import { withSafeErrors } from './adapters/telemetry.ts';
import type { RescueRequest } from './contract/resume-points.ts';

const ports = openSaga();

/** Continues a saga whose execution was aborted, timed out, or failed outside any catch. */
export const handler = withSafeErrors(async (event) => continueSaga(event as RescueRequest, ports));
