declare module 'opossum' {
  interface Options {
    readonly errorThresholdPercentage?: number;
    readonly resetTimeout?: number;
    readonly volumeThreshold?: number;
  }

  /** The part of opossum's breaker that the benchmark uses. */
  export default class CircuitBreaker<T> {
    constructor(action: () => Promise<T>, options?: Options);
    fire(): Promise<T>;
    open(): void;
    shutdown(): void;
  }
}
