declare module 'opossum' {
  interface Options {
    readonly errorThresholdPercentage?: number;
    readonly resetTimeout?: number;
    readonly volumeThreshold?: number;
  }

  /** What of opossum's breaker the benchmark uses. */
  export default class CircuitBreaker<T> {
    constructor(action: () => Promise<T>, options?: Options);
    fire(): Promise<T>;
    open(): void;
    shutdown(): void;
  }
}
