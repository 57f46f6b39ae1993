import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import { readFlatTemplate } from '../../../tools/local/flat-template.ts';
import { everything } from '../../../tools/specification/everything.ts';
import { templateMistakes } from '../../../tools/specification/template-check.ts';
import { standIns, templatesOnly, temporaryFolder } from '../../lib/templates.ts';

const specification = loadAwsServiceSpecSync();

describe('templates with everything turned on', () => {
  const app = templatesOnly(() => everything({ handlers: standIns() }, temporaryFolder()));
  const stacks = ['BackstopState', 'BackstopPipeline'];

  it.each(stacks)('have only what AWS publishes: %s', (stack) => {
    const template = readFlatTemplate(app.synth().directory, `${stack}.template.json`);
    expect(templateMistakes(template, specification)).toEqual([]);
  });
});
