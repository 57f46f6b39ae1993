import { openCircuits } from './adapters/circuit/open-circuits.ts';
import { loadDependencies } from './adapters/environment.ts';
import { withSafeErrors } from './adapters/telemetry.ts';
import { guard } from './use-cases/circuit/guard.ts';

const dependencies = loadDependencies();
const ports = {
  settings: (dependency: string) => dependencies.get(dependency),
  circuits: openCircuits(),
};

/** Serves the `CircuitGuard` tasks of your state machines: admits their calls, and counts how the calls ended. */
export const handler = withSafeErrors((request) => guard(request, ports));
