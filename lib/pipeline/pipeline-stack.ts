import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { PipelineOutputs } from './pipeline-outputs.ts';
import type { ResiliencePipelineProps } from './pipeline-props.ts';
import { ResiliencePipeline } from './resilience-pipeline.ts';

interface PipelineStackProps extends StackProps {
  readonly pipeline: ResiliencePipelineProps;
}

/** The stack of a pipeline, with the names of its parts as outputs. */
export class PipelineStack extends Stack {
  readonly pipeline: ResiliencePipeline;

  constructor(scope: Construct, id: string, { pipeline, ...props }: PipelineStackProps) {
    super(scope, id, props);
    this.pipeline = new ResiliencePipeline(this, 'Pipeline', pipeline);
    new PipelineOutputs(this, 'Outputs', { pipeline: this.pipeline });
  }
}
