import type { ServiceName } from '../protocol.ts';

/** What AWS checks before it runs an operation. */
export interface ApiRequest {
  /** `sqs:SendMessage` */
  readonly action: string;
  /** ARN, or `*` for an action that has no resource. */
  readonly resource: string;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** An operation and its request body, both in wire format. */
export interface ApiCall {
  readonly service: ServiceName;
  readonly operation: string;
  readonly body: string;
}

export function request(action: string, resource: string, context: ApiRequest['context'] = {}): ApiRequest {
  return { action, resource, context };
}
