/** A dependency's answer to a read. */
export interface GoodAnswer {
  readonly dependency: string;
  readonly tenant?: string;
  readonly statusCode: number;
  readonly contentType: string;
  readonly body: string;
  /** RFC 3339 in UTC: when it came. */
  readonly at: string;
}

/** Where good answers are kept. */
export interface AnswerStore {
  /** Keeps an answer, unless a newer one is there. @param maxAgeMs time after which nobody may use it */
  keep(key: string, answer: GoodAnswer, maxAgeMs: number): Promise<void>;
  find(key: string): Promise<GoodAnswer | undefined>;
}
