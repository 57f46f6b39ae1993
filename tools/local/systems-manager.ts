import type { Assembly } from './assembly.ts';
import { opsItemsService } from './ops-items.ts';
import { AwsError, jsonService, type Service } from './protocol.ts';

interface ParameterProperties {
  readonly Name: string;
  readonly Type: string;
  readonly Value: string;
}

/** Values of the assembly's parameters, by name. */
export function parametersOf(assembly: Assembly): Readonly<Record<string, string>> {
  const all = assembly.all<ParameterProperties>('AWS::SSM::Parameter');
  return Object.fromEntries(all.map(({ properties: { Name, Value } }) => [Name, Value]));
}

/** Systems Manager: the parameters of the assembly, and OpsItems. */
export function systemsManagerService(assembly: Assembly): Service {
  const parameters = () =>
    assembly
      .all<ParameterProperties>('AWS::SSM::Parameter')
      .map(({ arn: ARN, properties: { Name, Type, Value } }) => ({ ARN, Name, Type, Value, Version: 1 }));
  const ofParameters = jsonService({
    GetParameter: ({ Name }: { Name: string }) => {
      const Parameter = parameters().find((each) => each.Name === Name);
      if (Parameter === undefined) throw new AwsError('ParameterNotFound', `Parameter ${Name} not found.`);
      return { Parameter };
    },
    GetParametersByPath: ({ Path, MaxResults = 10, NextToken = '0' }: PathRequest) => {
      if (MaxResults > 10) throw new AwsError('ValidationException', 'MaxResults must be at most 10');
      const below = parameters().filter(({ Name }) => Name.slice(0, Name.lastIndexOf('/')) === Path);
      const end = Number(NextToken) + MaxResults;
      return {
        Parameters: below.slice(Number(NextToken), end),
        NextToken: end < below.length ? String(end) : undefined,
      };
    },
  });
  const opsItems = opsItemsService();
  return (operation, body) =>
    operation.startsWith('GetParameter') ? ofParameters(operation, body) : opsItems(operation, body);
}

interface PathRequest {
  readonly Path: string;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}
