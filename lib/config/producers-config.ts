/**
 * Other accounts whose producers may report failures: by their own code, or by a rule whose target is Backstop's bus.
 * Set at least one of the two.
 *
 * @example
 * const producers: ProducersConfig = { accounts: ['222222222222'] };
 */
export interface ProducersConfig {
  /** Accounts, 12 digits each. @default - none */
  readonly accounts?: readonly string[];

  /** Organization whose accounts may all report, such as `o-a1b2c3d4e5`. @default - none */
  readonly organization?: string;
}
