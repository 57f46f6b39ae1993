import { Token } from 'aws-cdk-lib';
import { matching, matchingText } from './values.ts';

/** An ARN. A CDK token passes, because its value exists only after the deployment. */
function arn(what: string, pattern: RegExp) {
  return matching<string>(
    (value) => Token.isUnresolved(value) || (typeof value === 'string' && pattern.test(value)),
    `be the ARN of ${what}`,
    { range: `ARN of ${what}`, wrong: ['wrong'] },
  );
}

export const functionArn = arn(
  'a Lambda function',
  /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]{1,64}(:[\w$-]+)?$/,
);
export const stateMachineArn = arn(
  'a state machine, without version or alias',
  /^arn:[\w-]+:states:[\w-]+:\d{12}:stateMachine:[^\s:/]{1,80}$/,
);
export const queueArn = arn('an SQS queue', /^arn:[\w-]+:sqs:[\w-]+:\d{12}:[\w-]{1,80}(\.fifo)?$/);
export const tableArn = arn('a DynamoDB table', /^arn:[\w-]+:dynamodb:[\w-]+:\d{12}:table\/[\w.-]{3,255}$/);
export const streamArn = arn(
  'the stream of a DynamoDB table',
  /^arn:[\w-]+:dynamodb:[\w-]+:\d{12}:table\/[\w.-]{3,255}\/stream\/[\w:.-]+$/,
);
export const keyArn = arn('a KMS key', /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/);

/** Known at synth, because the handlers read it from a file and policies name its account. */
export const roleArn = matchingText(/^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/, 'be the ARN of an IAM role', {
  range: 'ARN of an IAM role',
  wrong: ['wrong'],
});

/** An external id as AWS STS accepts it. */
export const externalId = matchingText(
  /^[\w+=,.@:/-]{2,1224}$/,
  'be an external id: letters, digits and +=,.@:/_-, 2 to 1,224 characters',
  { range: 'letters, digits and `+=,.@:/_-`, 2 to 1,224', wrong: ['x'] },
);

/** A name that AWS Secrets Manager accepts. */
export const secretName = matchingText(
  /^[\w/+=.@-]{1,512}$/,
  'be the name of a secret in AWS Secrets Manager (letters, digits and /_+=.@-)',
  { range: 'letters, digits and `/_+=.@-`, at most 512', wrong: [''] },
);
