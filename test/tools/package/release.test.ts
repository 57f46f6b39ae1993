import { describe, expect, it } from 'vitest';
import { type ReleaseFacts, releasedChangelog, releaseProblems } from '../../../tools/package/release.ts';

const fine: ReleaseFacts = {
  version: '1.2.0',
  status: '',
  tags: ['v1.2.0'],
  changelog: '# Changelog\n\n## Unreleased\n\n## 1.2.0 - 2026-03-01\n',
  repository: { url: 'https://example.com/backstop' },
  isCi: true,
};

describe('a release', () => {
  it.each<[string, Partial<ReleaseFacts>, RegExp]>([
    ['on a laptop', { isCi: false }, /^publish from CI only/],
    ['without an address of its sources', { repository: undefined }, /^package\.json has no repository/],
    ['of a changed working tree', { status: ' M lib/index.ts\n' }, /^the working tree has changes/],
    ['of a commit without its tag', { tags: ['v1.1.0', ''] }, /^the commit has no tag v1\.2\.0/],
    ['without its changes', { changelog: '# Changelog\n\n## 1.1.0 - 2026-02-01\n' }, /has no section 1\.2\.0/],
  ])('is refused %s', (_, change, problem) => {
    expect(releaseProblems({ ...fine, ...change })).toEqual([expect.stringMatching(problem)]);
  });

  it('is published otherwise', () => {
    expect(releaseProblems(fine)).toEqual([]);
  });
});

describe('the changelog', () => {
  const changelog = '# Changelog\n\n## Unreleased\n\n### Added\n\n- A\n\n## 1.1.0 - 2026-02-01\n\n- B\n';

  it('gives what is unreleased a version and a date', () => {
    expect(releasedChangelog(changelog, '1.2.0', '2026-03-01')).toBe(
      '# Changelog\n\n## Unreleased\n\n## 1.2.0 - 2026-03-01\n\n### Added\n\n- A\n\n## 1.1.0 - 2026-02-01\n\n- B\n',
    );
  });

  it.each([
    ['nothing has changed', changelog.replace('### Added\n\n- A\n', ''), '1.2.0', 'no unreleased changes'],
    ['the version is released', changelog, '1.1.0', 'has a section 1.1.0'],
    ['nothing is marked as unreleased', '# Changelog\n', '1.2.0', 'no unreleased changes'],
  ])('is refused if %s', (_, text, version, problem) => {
    expect(() => releasedChangelog(text, version, '2026-03-01')).toThrow(problem);
  });
});
