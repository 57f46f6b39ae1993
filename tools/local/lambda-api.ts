import type { EventBuses } from './event-bus.ts';
import type { Functions } from './functions.ts';
import type { Mapping } from './pollers.ts';
import { type Answer, json, type Service } from './protocol.ts';
import { arnOf } from './resource-kinds.ts';
import type { Site } from './site.ts';

/** Lambda's API: synchronous and asynchronous invocations, and switches for event source mappings. */
export function lambdaService(
  { assembly, switches }: Pick<Site, 'assembly' | 'switches'>,
  functions: Functions,
  buses: EventBuses,
): Service {
  const mapping = (UUID: string): Answer => {
    const found = assembly.all<Mapping>('AWS::Lambda::EventSourceMapping').find(({ name }) => name === UUID);
    if (found === undefined) return notFound(`The resource you requested does not exist: ${UUID}`);
    const { EventSourceArn, FunctionName, BatchSize } = found.properties;
    const State = switches.isOff(UUID) ? 'Disabled' : 'Enabled';
    return json(200, { UUID, EventSourceArn, FunctionArn: FunctionName, BatchSize, State });
  };
  return async (operation, input) => {
    switch (operation) {
      case 'Invoke':
        return invoke(JSON.parse(input), functions, buses);
      case 'GetEventSourceMapping':
        return mapping(JSON.parse(input).UUID);
      case 'UpdateEventSourceMapping': {
        const { UUID, Enabled }: { readonly UUID: string; readonly Enabled?: boolean } = JSON.parse(input);
        if (Enabled === false) switches.turn(UUID, 'off');
        if (Enabled === true) switches.turn(UUID, 'on');
        return mapping(UUID);
      }
      default:
        return json(404, { __type: 'UnknownOperationException' });
    }
  };
}

interface Invocation {
  readonly FunctionName: string;
  readonly InvocationType?: string;
  readonly Payload: string;
}

async function invoke(
  { FunctionName, InvocationType, Payload }: Invocation,
  functions: Functions,
  buses: EventBuses,
): Promise<Answer> {
  if (!functions.has(FunctionName)) return notFound(`Function not found: ${FunctionName}`);
  if (InvocationType === 'Event') {
    buses.invoke(arnOf('AWS::Lambda::Function', FunctionName.replace(/^.*:function:/, '')), Payload || '{}');
    return { status: 202, contentType: 'application/json', body: '' };
  }
  const result = await functions.invoke(FunctionName, Payload || 'null');
  if (result.ok) return { status: 200, contentType: 'application/json', body: result.payload };
  const headers = { 'x-amz-function-error': 'Unhandled' };
  return { status: 200, contentType: 'application/json', body: JSON.stringify(result.error), headers };
}

function notFound(Message: string): Answer {
  return { ...json(404, { Type: 'User', Message }), headers: { 'x-amzn-errortype': 'ResourceNotFoundException' } };
}
