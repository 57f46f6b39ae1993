/** What the synthesis needs. It loads fast, so the synthesis begins at once. */
export { startDependency } from './dependency.ts';
export { startShop } from './order-saga/shop.ts';
export { readScenarios } from './scenario.ts';
export { synthesize } from './synthesis.ts';
