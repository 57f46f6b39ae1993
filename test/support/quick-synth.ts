/**
 * Context of every CDK app in a test: no stack trace for each construct, and no record of the props that it was given.
 * Neither reaches a template.
 */
export const QUICK_SYNTH = {
  'aws:cdk:disable-creation-stack-traces': true,
  'aws:cdk:disable-stack-trace': true,
  '@aws-cdk/core:enableAdditionalMetadataCollection': false,
};
