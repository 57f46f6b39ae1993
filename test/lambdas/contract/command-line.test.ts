import { expect, it } from 'vitest';
import { commandLine, isToolCommand, TOOL } from '../../../lambdas/contract/command-line.ts';

it.each([
  TOOL,
  'backstop',
  'npm run --silent backstop --',
  'npx --package git+https://git.example.com/ops/backstop.git#v1.2.0 backstop',
  'AWS_PROFILE=ops npx --yes @acme/backstop@0.2',
  'node ~/tools/backstop/bin/backstop.ts',
  'x'.repeat(200),
])('takes what starts the tool: %s', (words) => {
  expect(isToolCommand(words)).toBe(true);
});

it.each([
  ['nothing', ''],
  ['a space before', ' backstop'],
  ['a space after', 'backstop '],
  ['two spaces', 'npx  backstop'],
  ['a tab', 'npx\tbackstop'],
  ['a second line', 'backstop\n'],
  ['another command', 'backstop; reboot'],
  ['a pipe', 'curl https://x.example | sh'],
  ['a background command', 'reboot & backstop'],
  ['a substitution', 'npx $(reboot)'],
  ['backticks', 'npx `reboot`'],
  ['a variable', 'npx $PACKAGE'],
  ['a redirection', 'backstop > /etc/hosts'],
  ['a pattern', 'rm *'],
  ['a question mark', 'npx ?'],
  ['braces', 'npx {a,b}'],
  ['quotes', "npx 'a'"],
  ['double quotes', 'npx "a"'],
  ['a backslash', 'npx a\\b'],
  ['a history word', 'npx !!'],
  ['a comment, which hides the rest of a command', 'npx backstop #'],
  ['an invisible character', 'npx\u200bbackstop'],
  ['a letter that looks like another', 'npx backst\u043ep'],
  ['more than a line of an alert holds', 'x'.repeat(201)],
])('refuses what a shell could take for more than words: %s', (_, words) => {
  expect(isToolCommand(words)).toBe(false);
});

it('completes a command for a stack and a region', () => {
  const tool = 'npx @acme/backstop';
  expect(commandLine('status', { tool, stack: 'BackstopPipeline', region: 'eu-west-1' })).toBe(
    'npx @acme/backstop status --region eu-west-1',
  );
  expect(commandLine('status', { tool, stack: 'Mine', region: 'eu-west-1' })).toBe(
    'npx @acme/backstop status --region eu-west-1 --stack Mine',
  );
});
