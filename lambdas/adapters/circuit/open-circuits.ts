import type { Circuits } from '../../use-cases/circuit/circuits.ts';
import { env } from '../environment.ts';
import { telemetry } from '../telemetry.ts';
import { loggingWatcher } from './logging-watcher.ts';
import { circuitClient, circuitsIn } from './table-circuits.ts';

/** Opens the circuits of the table that the environment of the pipeline's functions names. */
export function openCircuits(): Circuits {
  return circuitsIn(circuitClient(), env('CIRCUITS_TABLE'), LOGGING_WATCHER);
}

/** Tells what breakers of the pipeline's own functions report. */
export const LOGGING_WATCHER = loggingWatcher(telemetry);
