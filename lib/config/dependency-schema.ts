import { lambdaDependency, queueDependency, stateMachineDependency } from './aws-schema.ts';
import { httpDependency } from './http-schema.ts';
import { byKind } from './schema.ts';

/** A dependency of any kind. */
export const dependency = byKind(
  'kind',
  {
    http: httpDependency,
    lambda: lambdaDependency,
    'state-machine': stateMachineDependency,
    queue: queueDependency,
  },
  'What it is: an HTTP API, a Lambda function, a Step Functions state machine or an SQS queue. The last three have [other settings](#functions-state-machines-and-queues)',
);
