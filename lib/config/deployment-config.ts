/**
 * How new versions get their traffic.
 *
 * @example
 * const deployment: DeploymentConfig = { canary: true };
 */
export interface DeploymentConfig {
  /**
   * Gives a new version a tenth of the traffic for ten minutes, then all. Alarms of the lane, or of Backstop itself,
   * take it back before. It costs four resources for each function, and a deployment takes ten minutes longer.
   * @default false
   */
  readonly canary?: boolean;
}
