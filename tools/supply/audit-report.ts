/** What an answer of `npm audit --json` means. */
export type AuditVerdict =
  | { readonly kind: 'clean'; readonly minor: number }
  | { readonly kind: 'vulnerable'; readonly findings: readonly string[] }
  | { readonly kind: 'unanswered'; readonly because: string };

interface Report {
  readonly message?: string;
  readonly error?: { readonly summary?: string };
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range?: string }>>;
}

const SERIOUS: ReadonlySet<string> = new Set(['high', 'critical']);

/**
 * Reads the output of `npm audit --json`. Any other output means that the service did not answer.
 *
 * @param counts whether a package counts, by its name
 */
export function auditVerdict(output: string, counts: (name: string) => boolean = () => true): AuditVerdict {
  const report = parsed(output);
  if (report?.vulnerabilities === undefined) {
    const because = report?.message ?? report?.error?.summary;
    return { kind: 'unanswered', because: because || 'npm printed no report' };
  }
  const all = Object.entries(report.vulnerabilities).filter(([name]) => counts(name));
  const serious = all.filter(([, { severity }]) => SERIOUS.has(severity));
  if (serious.length === 0) return { kind: 'clean', minor: all.length };
  const findings = serious.map(([name, { severity, range = '' }]) =>
    `${name} ${range}: ${severity}`.replace(' :', ':'),
  );
  return { kind: 'vulnerable', findings };
}

function parsed(output: string): Report | undefined {
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
}
