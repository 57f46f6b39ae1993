import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Start, toolName } from '../../../bin/session/tool-name.ts';

const NPX = 'npx @backstop-cdk/backstop';
const SCRIPT = '/home/ada/.npm/_npx/1/node_modules/@backstop-cdk/backstop/dist/backstop.js';
const CLONE = '/home/ada/clone/bin/backstop.ts';
const inScript = (script: string, name = 'backstop') => ({
  npm_command: 'run-script',
  npm_lifecycle_event: name,
  npm_lifecycle_script: script,
});

it.each<[string, Partial<Start>, string]>([
  ['npx', { script: SCRIPT, env: { npm_command: 'exec', npm_lifecycle_event: 'npx' } }, NPX],
  [
    'npx with a tarball',
    { env: { npm_command: 'exec', npm_config_package: './b.tgz' } },
    'npx --package ./b.tgz backstop',
  ],
  ['npx with two packages', { env: { npm_command: 'exec', npm_config_package: 'a\n\nb' } }, NPX],
  ['the script of a clone', { script: CLONE, env: inScript('node bin/backstop.ts') }, 'npm run --silent backstop --'],
  ['a script of an app', { script: SCRIPT, env: inScript('backstop', 'bs') }, 'npm run --silent bs --'],
  ['a script with arguments', { script: SCRIPT, env: inScript('backstop status', 'health') }, NPX],
  ['the path of a package', { script: SCRIPT }, NPX],
  ['the path of a clone', { script: CLONE, folder: '/home/ada/clone' }, 'node bin/backstop.ts'],
  ['a function of the shell', { script: CLONE, env: { BACKSTOP_COMMAND: 'backstop' } }, 'backstop'],
  ['an empty name', { script: SCRIPT, env: { BACKSTOP_COMMAND: ' ' } }, NPX],
])('names the tool as it was started by %s', (_, start, name) => {
  expect(toolName({ script: SCRIPT, env: {}, folder: '/', programNamed: () => undefined, ...start })).toBe(name);
});

it('names the program on the PATH only if it is this one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tool-name-'));
  try {
    const [script, program] = [join(folder, 'tool.js'), join(folder, 'backstop')];
    await writeFile(script, '');
    await chmod(script, 0o755);
    await symlink(script, program);
    const env = { PATH: `/nowhere:${folder}` };
    expect(toolName({ script: program, env, folder })).toBe('backstop');
    expect(toolName({ script: join(folder, 'other.js'), env, folder })).toBe('node other.js');
  } finally {
    await rm(folder, { recursive: true });
  }
});
