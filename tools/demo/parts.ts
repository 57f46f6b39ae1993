/** Everything that takes long to load. */
export { compileAhead } from '../local/handler-modules.ts';
export { VirtualClock } from '../local/virtual-clock.ts';
export { startBackstop } from './backstop.ts';
export { runDemonstration } from './run.ts';
