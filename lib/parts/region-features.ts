import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Regions without function URLs, from the Lambda Developer Guide and from "Getting Started with AWS in China". A region
 * that gets them later sets off a needless warning, which the app can acknowledge.
 */
const NO_FUNCTION_URLS: ReadonlySet<string> = new Set([
  'ap-east-2',
  'ap-south-2',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-west-1',
  'cn-north-1',
  'cn-northwest-1',
  'eu-central-2',
  'eu-south-2',
  'il-central-1',
  'me-central-1',
]);

/** Whether Lambda traces and detects recursive loops in the region of a construct. In China it does neither. */
export function hasTracing(scope: Construct): boolean {
  const { region } = Stack.of(scope);
  return Token.isUnresolved(region) || !region.startsWith('cn-');
}

/**
 * Warns if the region lacks what the health endpoint is made of. A region that only the deployment knows says nothing.
 */
export function warnOfMissingUrls(scope: Construct): void {
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(region) || !NO_FUNCTION_URLS.has(region)) return;
  Annotations.of(scope).addWarningV2(
    'backstop:function-urls',
    `region '${region}' has no Lambda function URLs, which the health endpoint needs: set health to false`,
  );
}
