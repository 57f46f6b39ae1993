import type { App } from 'aws-cdk-lib';

/**
 * Context of every CDK app in a test: no stack trace for each construct, and no record of the props that it was given.
 * Neither reaches a template.
 */
export const QUICK_SYNTH = {
  'aws:cdk:disable-creation-stack-traces': true,
  'aws:cdk:disable-stack-trace': true,
  '@aws-cdk/core:enableAdditionalMetadataCollection': false,
};

/**
 * Leaves out the file with the tree of constructs, which takes a tenth of a synth. No template shows it, and no test
 * reads it. It is a prop of the app, which the app's own code does not set.
 */
export function withoutTree(app: App): App {
  return Object.assign(app, { _treeMetadata: false });
}
