import { Token } from 'aws-cdk-lib';

/** The account in an ARN. Undefined if only the deployment knows it, or if the text is not an ARN. */
export function accountOf(arn: unknown): string | undefined {
  if (typeof arn !== 'string' || Token.isUnresolved(arn)) return undefined;
  const [, , , , account = ''] = arn.split(':');
  return /^\d{12}$/.test(account) ? account : undefined;
}
