/** An app of a stranger, in a folder of its own beside the others. */
export interface StrangersApp {
  readonly name: string;
  /** Texts by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Commands to run in the folder; each must succeed. `{node}` runs with each Node. */
  readonly steps: readonly (readonly string[])[];
}

const PACKAGE = '@backstop-cdk/backstop';

const compilerOptions = (options: object) =>
  JSON.stringify({ compilerOptions: { strict: true, noEmit: true, types: [], ...options }, include: ['*.ts'] });

/** A stack with a pipeline, in TypeScript. */
const STACK = `import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { ConfigError, type DependencyConfig, ResiliencePipeline } from '${PACKAGE}';
import type { Construct } from 'constructs';

export class OwnStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & { readonly dependency?: string } = {}) {
    super(scope, id, props);
    const payments: DependencyConfig = { kind: 'http', baseUrl: 'https://payments.example.com', timeout: Duration.seconds(2) };
    const pipeline = new ResiliencePipeline(this, 'Backstop', { dependencies: { [props.dependency ?? 'payments']: payments } });
    if (pipeline.lanes.size !== 1) throw new Error('no lane');
    try {
      new ResiliencePipeline(this, 'Wrong', { dependencies: { x: { kind: 'http', baseUrl: 'http://x' } } });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.node.tryRemoveChild('Wrong');
    }
  }
}
`;

const TEST = `import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { circuitBreaker, memoryCircuits } from '${PACKAGE}/circuit';
import { OwnStack } from './stack';

test('the stack has a pipeline', () => {
  const template = Template.fromStack(new OwnStack(new App(), 'Own'));
  template.resourceCountIs('AWS::StepFunctions::StateMachine', 1);
});

test('a function calls through a circuit', async () => {
  const charge = circuitBreaker('payments', async (n: number) => n + 1, { circuits: memoryCircuits() });
  expect(await charge(1)).toBe(2);
});
`;

const SWC = `module.exports = { testEnvironment: 'node', testMatch: ['**/*.test.ts'], transform: { '^.+\\\\.tsx?$': ['@swc/jest'] }, setupFilesAfterEnv: ['aws-cdk-lib/testhelpers/jest-autoclean'] };`;
const TS_JEST = `module.exports = { testEnvironment: 'node', testMatch: ['**/*.test.ts'], transform: { '^.+\\\\.tsx?$': ['ts-jest', { tsconfig: 'tsconfig.json' }] } };`;

const JEST = ['{node}', '{bin}/jest/bin/jest.js'];
const TSC7 = ['{node}', '{bin}/typescript7/bin/tsc'];
const TSC5 = ['{node}', '{bin}/typescript/bin/tsc'];
const NODE_OF_CI = ['{tool-node}'];

/** As `cdk init app --language typescript` makes it. */
const CDK_INIT: StrangersApp = {
  name: 'cdk init',
  files: {
    'package.json': '{ "name": "own" }',
    'tsconfig.json': compilerOptions({
      target: 'ES2022',
      module: 'NodeNext',
      isolatedModules: true,
      types: ['jest', 'node'],
    }),
    'jest.config.js': SWC,
    'stack.ts': STACK,
    'stack.test.ts': TEST,
  },
  steps: [[...NODE_OF_CI, ...TSC7.slice(1)], JEST],
};

/** As earlier versions of the CDK made it. */
const TS_JEST_APP: StrangersApp = {
  name: 'cdk init, with ts-jest',
  files: {
    'package.json': '{ "name": "own" }',
    'tsconfig.json': compilerOptions({
      ...{ target: 'ES2022', module: 'commonjs', moduleResolution: 'node10', esModuleInterop: true },
      ...{ types: ['jest', 'node'], typeRoots: ['../node_modules/@types'] },
    }),
    'jest.config.js': TS_JEST,
    'stack.ts': STACK,
    'stack.test.ts': TEST,
  },
  steps: [[...NODE_OF_CI, ...TSC5.slice(1)], JEST],
};

const MODULES = [
  ['node16', 'node16', TSC5],
  ['node18', 'node16', TSC5],
  ['nodenext', 'nodenext', TSC7],
  ['esnext', 'bundler', TSC7],
  ['preserve', 'bundler', TSC5],
] as const;

/** Compiles in both module systems, with all settings by which a compiler finds types, and checks the package's own. */
const COMPILERS: readonly StrangersApp[] = ['module', 'commonjs'].map((type) => ({
  name: `compilers, ${type}`,
  files: {
    'package.json': JSON.stringify({ name: 'own', type }),
    'stack.ts': STACK,
    'guarded.ts': `export { circuitBreaker } from '${PACKAGE}/circuit';\n`,
    ...Object.fromEntries(
      MODULES.map(([module, moduleResolution]) => [
        `tsconfig.${module}.json`,
        compilerOptions({ target: 'ES2022', lib: ['ES2022'], module, moduleResolution, types: ['node'] }),
      ]),
    ),
  },
  steps: MODULES.map(([module, , compiler]) => [...NODE_OF_CI, ...compiler.slice(1), '-p', `tsconfig.${module}.json`]),
}));

const SYNTH = `const { App, Stack, Stage } = MODULE_CDK;
const { ResiliencePipeline } = MODULE_PACKAGE;
const http = { kind: 'http', baseUrl: 'https://payments.example.com' };
const app = new App();
for (const name of ['Dev', 'Test', 'Prod']) {
  const stack = new Stack(new Stage(app, name), 'Own');
  new ResiliencePipeline(stack, 'First', { dependencies: { payments: http } });
  new ResiliencePipeline(stack, 'Second', { dependencies: { stock: http } });
}
const started = process.cpuUsage();
const { stages } = { stages: app.synth().nestedAssemblies.length };
const archives = fs.readdirSync(app.outdir).filter((name) => name.endsWith('.zip'));
const handlers = archives.filter((name) => fs.readFileSync(path.join(app.outdir, name)).includes('dependencies.json'));
if (stages !== 3 || handlers.length !== 2) throw new Error(stages + ' stages, ' + handlers.length + ' bundles');
`;

/** Three stages, each with two pipelines, in both module systems. */
const STAGES: readonly StrangersApp[] = [
  {
    name: 'stages, ES modules',
    files: {
      'package.json': '{ "name": "own", "type": "module" }',
      'app.js': `import fs from 'node:fs';\nimport path from 'node:path';\n${SYNTH.replace('MODULE_CDK', "await import('aws-cdk-lib')").replace('MODULE_PACKAGE', `await import('${PACKAGE}')`)}`,
    },
    steps: [['{node}', 'app.js']],
  },
  {
    name: 'stages, CommonJS',
    files: {
      'package.json': '{ "name": "own" }',
      'app.js': `const fs = require('node:fs');\nconst path = require('node:path');\n${SYNTH.replace('MODULE_CDK', "require('aws-cdk-lib')").replace('MODULE_PACKAGE', `require('${PACKAGE}')`)}`,
    },
    steps: [['{node}', 'app.js']],
  },
];

/** A CDK pipeline that deploys a stage, synthesized by the CDK's command line. */
const CDK_PIPELINE: StrangersApp = {
  name: 'CDK pipeline',
  files: {
    'package.json': '{ "name": "own" }',
    'cdk.json': '{ "app": "node app.js" }',
    'app.js': `const { App, Stack, Stage } = require('aws-cdk-lib');
const { Repository } = require('aws-cdk-lib/aws-codecommit');
const { CodePipeline, CodePipelineSource, ShellStep } = require('aws-cdk-lib/pipelines');
const { ResiliencePipeline } = require('${PACKAGE}');
const app = new App();
const stack = new Stack(app, 'Delivery');
const repository = Repository.fromRepositoryName(stack, 'Repository', 'own');
const input = CodePipelineSource.codeCommit(repository, 'main');
const pipeline = new CodePipeline(stack, 'Pipeline', { synth: new ShellStep('Synth', { input, commands: ['npx cdk synth'] }) });
for (const name of ['Test', 'Prod']) {
  const stage = new Stage(app, name);
  const dependencies = { payments: { kind: 'http', baseUrl: 'https://payments.example.com' } };
  new ResiliencePipeline(new Stack(stage, 'Own'), 'Backstop', { dependencies });
  pipeline.addStage(stage);
}
`,
  },
  steps: [['{tool-node}', '{bin}/aws-cdk/bin/cdk', 'synth', '--quiet']],
};

const HANDLER = `import { circuitBreaker } from '${PACKAGE}/circuit';
const charge = circuitBreaker('payments', async () => 'charged');
export const handler = () => charge().catch((error) => error.name);
`;

/** A function that the CDK bundles by esbuild, in each format, with the SDK left to the runtime and not. */
const FUNCTION: StrangersApp = {
  name: 'function, bundled by esbuild',
  files: {
    'package.json': '{ "name": "own", "type": "module" }',
    'handler.ts': HANDLER,
    'bundle.js': `import { buildSync } from 'esbuild';
for (const [format, extension] of [['esm', '.mjs'], ['cjs', '.cjs']])
  for (const external of [['@aws-sdk/*', '@smithy/*'], []]) {
    const outfile = 'out' + external.length + extension;
    // The CDK's NodejsFunction recommends this banner to ES modules that bundle CommonJS, such as the SDK.
    const banner = format === 'esm' && external.length === 0 ? { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" } : {};
    buildSync({ entryPoints: ['handler.ts'], bundle: true, platform: 'node', target: 'node20', format, outfile, external, banner });
    const { handler } = await import('./' + outfile);
    const answer = await handler();
    if (answer !== 'CircuitNotConfiguredError') throw new Error(outfile + ' answers ' + answer);
  }
`,
  },
  steps: [['{node}', 'bundle.js']],
};

/** The operator's tool, as an operator runs it. */
const TOOL: StrangersApp = {
  name: 'tool',
  files: { 'package.json': '{ "name": "own" }' },
  steps: [
    ['{node}', '{bin}/@backstop-cdk/backstop/dist/backstop.js', '--help'],
    ['{node}', '{bin}/@backstop-cdk/backstop/dist/backstop.js', '--version'],
    ['npx', '--no-install', 'backstop', 'grafana', '--help'],
  ],
};

export const APPS: readonly StrangersApp[] = [
  CDK_INIT,
  TS_JEST_APP,
  ...COMPILERS,
  ...STAGES,
  CDK_PIPELINE,
  FUNCTION,
  TOOL,
];
