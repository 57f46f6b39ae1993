import type { Assembly, StackSummary } from './assembly.ts';
import { type Answer, type Service, xmlError, xmlText } from './protocol.ts';
import { ACCOUNT, REGION } from './resource-kinds.ts';

/** CloudFormation: the resources and outputs of the assembly's stacks. */
export function stacksService(assembly: Assembly): Service {
  return async (operation, body) => {
    const name = new URLSearchParams(body).get('StackName') ?? '';
    const stack = assembly.stacks.find((each) => each.name === name);
    if (stack === undefined) return xmlError(400, 'ValidationError', `Stack with id ${name} does not exist`);
    switch (operation) {
      case 'DescribeStacks':
        return result(operation, `<Stacks>${member(describe(stack))}</Stacks>`);
      case 'ListStackResources':
        return result(
          operation,
          `<StackResourceSummaries>${stack.resources.map(summary).join('')}</StackResourceSummaries>`,
        );
      default:
        return xmlError(400, 'InvalidAction', `the embedded cloud does not support ${operation}`);
    }
  };
}

function describe({ name, outputs }: StackSummary): string {
  const all = Object.entries(outputs).map(([OutputKey, OutputValue]) => member(fields({ OutputKey, OutputValue })));
  const StackId = `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${name}/local`;
  const facts = { StackName: name, StackId, StackStatus: 'CREATE_COMPLETE', CreationTime: '2000-01-01T00:00:00Z' };
  return `${fields(facts)}<Outputs>${all.join('')}</Outputs>`;
}

function summary({ id, type, name }: StackSummary['resources'][number]): string {
  const facts = { LogicalResourceId: id, PhysicalResourceId: name, ResourceType: type };
  return member(fields({ ...facts, ResourceStatus: 'CREATE_COMPLETE', LastUpdatedTimestamp: '2000-01-01T00:00:00Z' }));
}

function member(xml: string): string {
  return `<member>${xml}</member>`;
}

function fields(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `<${name}>${xmlText(value)}</${name}>`)
    .join('');
}

function result(operation: string, xml: string): Answer {
  const body = `<${operation}Response><${operation}Result>${xml}</${operation}Result></${operation}Response>`;
  return { status: 200, contentType: 'text/xml', body };
}
