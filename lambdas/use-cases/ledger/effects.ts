/** Sees to it that the effect of an operation happens once, however often and however late it is asked for. */
export interface Effects {
  /**
   * Runs `effect` unless it has succeeded under this key before. One that throws is forgotten.
   *
   * @param leaseMs time after which it is over in any case: one that left no trace until then was cut off
   * @throws IdempotencyAlreadyInProgressError while another function runs it
   */
  once<Done extends { readonly statusCode: number }>(
    key: string,
    leaseMs: number,
    effect: () => Promise<Done>,
  ): Promise<Done>;
}
