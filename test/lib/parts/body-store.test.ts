import { type App, Duration } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import type { ReportingSettings } from '../../../lambdas/contract/report-settings.ts';
import { ResiliencePipeline } from '../../../lib/index.ts';
import { readFlatTemplate } from '../../../tools/local/flat-template.ts';
import { PolicyAccount } from '../../../tools/local/policies/policy-account.ts';
import { ownStack, resourcesOf, sharedTemplates, standIns } from '../templates.ts';

const http = (name: string) => ({ kind: 'http', baseUrl: `https://${name}.example.com` }) as const;

function scene(change: object = {}) {
  const stack = ownStack();
  const pipeline = new ResiliencePipeline(stack, 'Pipeline', {
    dependencies: { payments: http('payments'), stock: http('stock') },
    handlers: standIns(),
    dashboards: false,
    health: false,
    largeBodies: true,
    ...change,
  });
  const code = Code.fromInline('exports.handler = () => {};');
  const fn = new LambdaFunction(stack, 'Checkout', { code, handler: 'index.handler', runtime: Runtime.NODEJS_24_X });
  pipeline.reportsFrom(fn, 'payments');
  const { directory } = (stack.node.root as App).synth();
  const template = readFlatTemplate(directory, 'Own.template.json');
  return { stack, pipeline, template };
}

const { stack, pipeline, template } = scene();
const account = new PolicyAccount({ Own: template });
const bucket = account.arn('BodiesBucket');
const PUT = { 's3:ObjectCreationOperation': 'true', 's3:if-none-match': '*', 'aws:SecureTransport': 'true' };
const VIA = { 'kms:ViaService': 's3.us-east-1.amazonaws.com' };

describe('the bucket of large bodies', () => {
  it('is there for those only who ask for it', () => {
    expect(resourcesOf(sharedTemplates().pipeline, 'AWS::S3::Bucket')).toEqual({});
  });

  it('is private, encrypted by the key of the ledger, and forgets what the ledger has forgotten', () => {
    const [[, found] = []] = Object.entries(template.Resources ?? {}).filter(
      ([, { Type }]) => Type === 'AWS::S3::Bucket',
    );
    expect(found).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            { ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: expect.anything() } },
          ],
        },
        LifecycleConfiguration: { Rules: [{ ExpirationInDays: 74, Status: 'Enabled' }] },
      },
    });
    expect(new AwsSolutionsChecks(stack).validateScope(pipeline).violations).toEqual([]);
  });

  it('is emptied and deleted where nothing shall stay', () => {
    const other = scene({ removal: 'destroy', retention: Duration.days(15) }).template;
    const all = Object.values(other.Resources ?? {});
    expect(all.find(({ Type }) => Type === 'AWS::S3::Bucket')).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: { LifecycleConfiguration: { Rules: [{ ExpirationInDays: 44 }] } },
    });
    expect(all.some(({ Type }) => Type === 'Custom::S3AutoDeleteObjects')).toBe(true);
  });
});

describe('who reports failures of payments', () => {
  const producer = account.role('CheckoutService');

  it.each([
    ['s3:PutObject', 'bodies/payments/-/x', PUT, true],
    ['s3:PutObject', 'bodies/payments/t-acme/x', PUT, true],
    ['s3:PutObject', 'bodies/payments-eu/-/x', PUT, false],
    ['s3:PutObject', 'bodies/stock/-/x', PUT, false],
    ['s3:PutObject', 'elsewhere', PUT, false],
    // A second object would change an operation that is reported already.
    ['s3:PutObject', 'bodies/payments/-/x', { ...PUT, 's3:if-none-match': [] }, false],
    ['s3:PutObject', 'bodies/payments/-/x', { ...PUT, 'aws:SecureTransport': 'false' }, false],
    ['s3:GetObject', 'bodies/payments/-/x', {}, false],
    ['s3:DeleteObject', 'bodies/payments/-/x', {}, false],
    ['s3:ListBucket', '', {}, false],
  ])('may %s %s with %j: %s', (action, key, context, expected) => {
    const { 's3:if-none-match': given, ...others } = context as Record<string, string | string[]>;
    const asked = given === undefined || given.length === 0 ? others : context;
    expect(account.may(producer, action, key === '' ? bucket : `${bucket}/${key}`, asked)).toBe(expected);
  });

  it('may use the key for that, and learns the bucket', () => {
    const key = account.arn('StoreKey');
    expect(account.may(producer, 'kms:GenerateDataKey', key, VIA)).toBe(true);
    expect(account.may(producer, 'kms:Decrypt', key, VIA)).toBe(false);
    const { Properties } =
      Object.entries(template.Resources ?? {}).find(([id]) => /^Checkout[0-9A-F]{8}$/.test(id))?.[1] ?? {};
    const text = JSON.stringify(Properties?.Environment);
    expect(text).toContain('PipelineBodiesBucket');
    expect(text).toContain('bucket' satisfies keyof ReportingSettings);
  });
});

describe('a function of the pipeline', () => {
  it.each([
    ['PaymentsLaneWorker', 'bodies/payments/-/x', true],
    ['PaymentsLaneWorker', 'bodies/stock/-/x', false],
    ['StockLaneWorker', 'bodies/stock/-/x', true],
    ['RecoveryFunctionsAttempt', 'bodies/stock/-/x', true],
    ['RecoveryFunctionsUndo', 'bodies/stock/-/x', true],
    ['RecoveryFunctionsSettle', 'bodies/stock/-/x', false],
    ['OperatorFunction', 'bodies/stock/-/x', true],
    ['PublisherFunction', 'bodies/stock/-/x', false],
  ])('%s reads %s: %s', (name, key, expected) => {
    const role = account.role(name);
    expect(account.may(role, 's3:GetObject', `${bucket}/${key}`)).toBe(expected);
    expect(account.may(role, 's3:PutObject', `${bucket}/${key}`, PUT)).toBe(false);
  });

  it('hears that a body is missing, which S3 tells only who may list', () => {
    expect(account.may(account.role('PaymentsLaneWorker'), 's3:ListBucket', bucket)).toBe(true);
  });
});
