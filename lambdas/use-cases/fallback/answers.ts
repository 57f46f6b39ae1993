/** A dependency's successful answer to a read. */
export interface GoodAnswer {
  readonly dependency: string;
  readonly tenant?: string;
  readonly statusCode: number;
  readonly contentType: string;
  readonly body: string;
  /** Time of the answer, RFC 3339 in UTC. */
  readonly at: string;
}

/** Stores the last good answers. */
export interface AnswerStore {
  /** Stores an answer, unless a newer one is stored. @param maxAgeMs time after which no fallback may use it */
  keep(key: string, answer: GoodAnswer, maxAgeMs: number): Promise<void>;
  find(key: string): Promise<GoodAnswer | undefined>;
}
