/** Everything that takes long to load. */
export { VirtualClock } from '../local/virtual-clock.ts';
export { startBackstop, synthesize } from './backstop.ts';
export { startDependency } from './dependency.ts';
export { startShop } from './order-saga/shop.ts';
export { runDemonstration } from './run.ts';
export { readScenarios } from './scenario.ts';
