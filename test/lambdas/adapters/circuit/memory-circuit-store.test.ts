import { MemoryCircuitStore } from '../../../../lambdas/adapters/circuit/memory-circuit-store.ts';
import { describeCircuitStore } from './circuit-store-contract.ts';

describeCircuitStore('the store of one process', () => new MemoryCircuitStore());
