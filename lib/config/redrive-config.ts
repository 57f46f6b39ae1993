/**
 * How Backstop redrives the dead letters of a dependency.
 *
 * @example
 * const redrive: RedriveConfig = { automatic: true, rate: 1, maxCycles: 3 };
 * const mail: DependencyConfig = { kind: 'http', baseUrl: 'https://mail.example.com', redrive };
 */
export interface RedriveConfig {
  /**
   * Cycles of a failure in all, the first one included, 1 to 20. After the last one, a redrive parks the dead letter
   * for a human.
   * @default 5
   */
  readonly maxCycles?: number;

  /** Redrives failures given up while the dependency was down, once its circuit closes. @default false */
  readonly automatic?: boolean;

  /** Dead letters per second of an automatic redrive, 0.1 to 100. @default 5 */
  readonly rate?: number;
}
