import { openCircuits } from './adapters/circuit/open-circuits.ts';
import { loadDependencies } from './adapters/environment.ts';
import { withSafeErrors } from './adapters/telemetry.ts';
import { guard } from './use-cases/circuit/guard.ts';

const dependencies = loadDependencies();
const tools = {
  settings: (dependency: string) => dependencies.get(dependency),
  circuits: openCircuits(),
};

/** Answers `CircuitGuard` tasks of your state machines: may they call a dependency, and how did the call end? */
export const handler = withSafeErrors((request) => guard(request, tools));
