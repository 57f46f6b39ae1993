import { guard } from './shared/circuit/guard.ts';
import { openCircuits } from './shared/circuit/open-circuits.ts';
import { loadDependencies } from './shared/environment.ts';
import { guarded } from './shared/telemetry.ts';

const dependencies = loadDependencies();
const tools = {
  settings: (dependency: string) => dependencies.get(dependency),
  circuits: openCircuits(),
};

/** The circuits, for state machines of a team's own. */
export const handler = guarded((request) => guard(request, tools));
