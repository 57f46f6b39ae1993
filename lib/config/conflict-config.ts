/**
 * What to do when a write (PUT, PATCH, DELETE) is answered by 409, 412 or 428. Unless the strategy is `reject`,
 * Backstop reads the current state, resolves the conflict, and repeats the write with the current `ETag`. It makes at
 * most three rounds.
 *
 * - `reject`: nothing; the failure becomes a dead letter
 * - `last-writer-wins`: the later write stays
 * - `merge`: the changes of both stay; a human decides when both have changed the same field
 * - `function`: your Lambda function decides; it gets both versions
 * - `ask`: a human decides
 *
 * @example
 * const merge: ConflictConfig = { strategy: 'merge', arrayKeys: { '/addresses': 'id' }, sensitive: ['/notes'] };
 * const customers: DependencyConfig = { kind: 'http', baseUrl: 'https://customers.example.com', conflict: merge };
 */
export type ConflictConfig = {
  /**
   * JSON Pointers of fields to mask in questions to humans; `*` stands for any member, as in `'/customer/*'`. Backstop
   * always masks fields whose names suggest a secret or personal data.
   * @default - no others
   */
  readonly sensitive?: readonly string[];
} & (
  | {
      /** Makes a dead letter, or asks a human. */
      readonly strategy: 'reject' | 'ask';
    }
  | {
      /** Keeps the later write, by the times of both. */
      readonly strategy: 'last-writer-wins';
      /**
       * JSON Pointer of the field with the time of the last change, such as `'/updatedAt'`: RFC 3339, or seconds or
       * milliseconds.
       * @default - compares the time of the failure with the header `Last-Modified`
       */
      readonly timestamp?: string;
    }
  | {
      /** Keeps the changes of both. */
      readonly strategy: 'merge';
      /**
       * Arrays to merge element by element, as in `{ '/items': 'sku' }`: the array's JSON Pointer, and the field that
       * identifies an element. In the pointer, `*` stands for any member. The pointer of a state that is itself an
       * array is `''`.
       * @default - an array is one value
       */
      readonly arrayKeys?: Readonly<Record<string, string>>;
    }
  | {
      /** Asks your function. */
      readonly strategy: 'function';
      /** ARN of the Lambda function; a CDK token is allowed. */
      readonly functionArn: string;
    }
);
