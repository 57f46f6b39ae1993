import type { Duration } from 'aws-cdk-lib';

/**
 * A copy of the audit log in an S3 bucket with object lock. A value out of range fails the synth with a
 * {@link ConfigError}.
 *
 * @example
 * const auditArchive: AuditArchiveConfig = { mode: 'compliance', retention: Duration.days(2_555) };
 */
export interface AuditArchiveConfig {
  /**
   * Who may delete an object before its time. `governance`: identities with `s3:BypassGovernanceRetention`.
   * `compliance`: nobody, not even the root user of the account.
   * @default 'governance'
   */
  readonly mode?: 'governance' | 'compliance';

  /** How long each object is locked, 1 to 3650 days. Nothing deletes it afterwards. @default Duration.days(400) */
  readonly retention?: Duration;
}
