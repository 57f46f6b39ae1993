import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The beginnings of the paths of long tests, longest first. */
const LONG = [
  'bin/console/browser',
  'tools/demo/start',
  'tools/bench',
  'tools/sim',
  'e2e',
  'tools/local',
  'docs/public-api',
  'bin/operators',
  'lib',
];

/** Begins with the long files, so that all workers end at about the same time. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const index = LONG.findIndex((beginning) => moduleId.includes(`/test/${beginning}`));
  return index === -1 ? LONG.length : index;
}
