import { expect, it } from 'vitest';
import { prometheusText } from '../../../../lambdas/domain/health/prometheus.ts';

it('escapes what labels and helps may hold, and leaves out what has no samples', () => {
  const family = { name: 'a', type: 'gauge', help: 'one\\two\nthree' } as const;
  const samples = [{ labels: { b: 'say "x"\\\n' }, value: 1.5 }];
  expect(
    prometheusText([
      { ...family, samples },
      { ...family, name: 'none', samples: [] },
    ]),
  ).toBe('# HELP a one\\\\two\\nthree\n# TYPE a gauge\na{b="say \\"x\\"\\\\\\n"} 1.5\n');
});
