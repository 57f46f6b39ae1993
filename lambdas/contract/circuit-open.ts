import type { ReportedError } from './verdict.ts';

/** How a report describes that the circuit was open. The code says that nothing was sent. */
export const CIRCUIT_OPEN: ReportedError = {
  name: 'CircuitOpenError',
  code: 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION',
  message: 'the circuit is open, so no call was made',
  attempts: 1,
};
