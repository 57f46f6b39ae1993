/** What decides whether the package may be published. */
export interface ReleaseFacts {
  readonly version: string;
  /** Output of `git status --porcelain`. */
  readonly status: string;
  /** Tags of the commit that is checked out. */
  readonly tags: readonly string[];
  readonly changelog: string;
  /** Field of `package.json`: npm proves by it where the package comes from. */
  readonly repository: unknown;
  /** Whether a build service runs this, and not a human's machine. */
  readonly isCi: boolean;
}

/** Why the package must not be published, a line for each reason. */
export function releaseProblems({
  version,
  status,
  tags,
  changelog,
  repository,
  isCi,
}: ReleaseFacts): readonly string[] {
  const checks: readonly (readonly [isFine: boolean, problem: string])[] = [
    [isCi, 'publish from CI only, which proves the origin of the package'],
    [repository !== undefined, 'package.json has no repository: write the public address of this repository'],
    [status.trim() === '', 'the working tree has changes: commit or discard them'],
    [tags.includes(`v${version}`), `the commit has no tag v${version}: run npm version`],
    [changelog.includes(`\n## ${version} - `), `CHANGELOG.md has no section ${version}: run npm version`],
  ];
  return checks.flatMap(([isFine, problem]) => (isFine ? [] : [problem]));
}

const UNRELEASED = '## Unreleased\n';

/**
 * Gives the unreleased changes a version and a date.
 *
 * @param date ISO date, such as `2026-03-01`
 * @throws Error if nothing has changed, or the version has a section
 */
export function releasedChangelog(changelog: string, version: string, date: string): string {
  if (changelog.includes(`\n## ${version}`)) throw new Error(`CHANGELOG.md has a section ${version}`);
  const [before, after] = changelog.split(UNRELEASED);
  if (before === undefined || !after?.split('\n## ')[0]?.trim()) {
    throw new Error('CHANGELOG.md has no unreleased changes');
  }
  return `${before}${UNRELEASED}\n## ${version} - ${date}\n${after}`;
}
