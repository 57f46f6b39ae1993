import { expect, it } from 'vitest';
import { resourcesOf, sharedTemplates } from '../templates.ts';

const { pipeline } = sharedTemplates();
const of = (type: string) => Object.values(resourcesOf(pipeline, type)).map(({ Properties }) => Properties);

it('answers three requests only, and only if AWS knows who signed them', () => {
  expect(of('AWS::ApiGatewayV2::Route')).toEqual(
    ['POST /', 'POST /view', 'POST /reveal'].map((RouteKey) =>
      expect.objectContaining({ RouteKey, AuthorizationType: 'AWS_IAM' }),
    ),
  );
  // Format 2.0 has the caller's ARN.
  expect(of('AWS::ApiGatewayV2::Integration')).toMatchObject([
    { IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' },
  ]);
  const [stage] = of('AWS::ApiGatewayV2::Stage');
  expect(stage?.AccessLogSettings.Format).toContain('"caller":"$context.identity.userArn"');
});

it('lets nobody but its API call the function, so that nobody makes up the caller', () => {
  const permissions = of('AWS::Lambda::Permission').filter(({ FunctionName }) =>
    JSON.stringify(FunctionName).includes('Operator'),
  );
  expect(permissions).toHaveLength(3);
  for (const permission of permissions)
    expect(permission).toMatchObject({ Principal: 'apigateway.amazonaws.com', SourceArn: expect.anything() });
});
