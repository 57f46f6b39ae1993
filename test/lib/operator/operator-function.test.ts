import { expect, it } from 'vitest';
import { resourcesOf, sharedTemplates } from '../templates.ts';

const { pipeline } = sharedTemplates();
const of = (type: string) => Object.values(resourcesOf(pipeline, type)).map(({ Properties }) => Properties);

it('answers one request only, and only if AWS knows who signed it', () => {
  expect(of('AWS::ApiGatewayV2::Route')).toEqual([
    expect.objectContaining({ RouteKey: 'POST /', AuthorizationType: 'AWS_IAM' }),
  ]);
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
  expect(permissions).toEqual([
    expect.objectContaining({ Principal: 'apigateway.amazonaws.com', SourceArn: expect.anything() }),
  ]);
});
