import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { PipelineOutputs } from './pipeline-outputs.ts';
import type { ResiliencePipelineProps } from './pipeline-props.ts';
import { ResiliencePipeline } from './resilience-pipeline.ts';

interface PipelineStackProps extends StackProps {
  readonly pipeline: ResiliencePipelineProps;
}

/** With more dependencies than these, the template leaves out white space, because it may have 1 MB. */
const MANY = 50;

/** The stack of a pipeline, with the names of its parts as outputs. */
export class PipelineStack extends Stack {
  readonly pipeline: ResiliencePipeline;

  constructor(scope: Construct, id: string, { pipeline, ...props }: PipelineStackProps) {
    const suppressTemplateIndentation = Object.keys(pipeline.dependencies ?? {}).length > MANY;
    super(scope, id, { suppressTemplateIndentation, ...props });
    this.pipeline = new ResiliencePipeline(this, 'Pipeline', pipeline);
    new PipelineOutputs(this, 'Outputs', { pipeline: this.pipeline });
  }
}
