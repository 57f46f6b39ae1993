import type { FailureKey } from '../../../lambdas/contract/failure-key.ts';
import type { OperationRef } from '../../../lambdas/contract/ledger-entry.ts';

/** Large operations in memory, each under its failure and its token. Nothing expires. */
export class MemoryOperations {
  readonly #texts = new Map<string, string>();

  get count(): number {
    return this.#texts.size;
  }

  put(key: FailureKey, { token }: OperationRef, text: string): void {
    this.#texts.set(`${key} ${token}`, text);
  }

  get(key: FailureKey, { token }: OperationRef): string | undefined {
    return this.#texts.get(`${key} ${token}`);
  }
}

/** The operations of {@link MemoryOperations} as the ledger's store takes them. */
export function memoryOperations(operations = new MemoryOperations()) {
  return {
    put: async (key: FailureKey, ref: OperationRef, text: string) => operations.put(key, ref, text),
    get: async (key: FailureKey, ref: OperationRef) => operations.get(key, ref),
  };
}
