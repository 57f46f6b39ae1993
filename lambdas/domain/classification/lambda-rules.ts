import { either, named, type Rule, rule, says } from './rule.ts';

/** The service's refusals to start a function: nothing has run. */
const NOT_STARTED = named(
  'Lambda.ResourceNotReadyException',
  'Lambda.EC2ThrottledException',
  'Lambda.ENILimitReachedException',
  'Lambda.SubnetIPAddressLimitReachedException',
  'Lambda.EFSMountTimeoutException',
  'Lambda.EFSMountConnectivityException',
  'Lambda.SnapStartTimeoutException',
  'Lambda.SnapStartNotReadyException',
  // It is being updated.
  'Lambda.ResourceConflictException',
);

/** The function's package or settings are wrong. */
const UNUSABLE = named(
  'Runtime.ImportModuleError',
  'Runtime.HandlerNotFound',
  'Runtime.MalformedHandlerName',
  'Runtime.UserCodeSyntaxError',
  'Runtime.InvalidEntrypoint',
  'Runtime.InvalidWorkingDir',
);

const REFUSED_FOR_GOOD = named(
  'Lambda.ResourceNotFoundException',
  'Lambda.InvalidRequestContentException',
  'Lambda.InvalidParameterValueException',
  'Lambda.RequestTooLargeException',
  'Lambda.UnsupportedMediaTypeException',
);

/** The queue's refusals of a message, as our own calls meet them. */
const NOT_TAKEN = named('Sqs.RequestThrottled', 'Sqs.ThrottlingException', 'Sqs.OverLimit', 'Sqs.KmsThrottled');

const DIED = named('Runtime.ExitError', 'Runtime.OutOfMemory', 'OutOfMemory', 'OutOfMemoryError', 'MemoryError');
const DIED_SAID = /^RequestId: \S+ (?:Process exited|Error: Runtime exited)|heap out of memory/i;

const BAD_DEFINITION = named(
  'States.Runtime',
  'States.NoChoiceMatched',
  'States.ParameterPathFailure',
  'States.ResultPathMatchFailure',
  'States.IntrinsicFailure',
  'States.QueryEvaluationError',
);

/** AWS Lambda, as it fails by itself or within Step Functions, and Step Functions. */
export const LAMBDA_RULES: readonly Rule[] = [
  rule('lambda-throttled', 'throttled', 'resource-exhaustion', 'none', named('Lambda.TooManyRequestsException')),
  rule('lambda-not-started', 'transient', 'resource-exhaustion', 'none', NOT_STARTED),
  rule('lambda-refused', 'permanent', 'data-integrity', 'none', REFUSED_FOR_GOOD),
  rule('lambda-unusable', 'permanent', 'external-dependency', 'none', UNUSABLE),
  rule(
    'lambda-timeout',
    'transient',
    'timeout-or-deadlock',
    'unknown',
    either(named('Sandbox.Timedout', 'Lambda.ClientExecutionTimeoutException'), says(/Task timed out after \d/i)),
  ),
  rule('lambda-died', 'transient', 'resource-exhaustion', 'unknown', either(DIED, says(DIED_SAID))),
  // The function has done its work before its answer turns out to be too large.
  rule(
    'lambda-answer-unfit',
    'permanent',
    'data-integrity',
    'unknown',
    named('Function.ResponseSizeTooLarge', 'Runtime.MarshalError'),
  ),
  rule(
    'lambda-trouble',
    'transient',
    'external-dependency',
    'unknown',
    named(
      'Lambda.ServiceException',
      'Lambda.AWSLambdaException',
      'Lambda.SdkClientException',
      'Lambda.Unknown',
      'Sandbox.Failure',
      'Extension.Crash',
    ),
  ),
  rule(
    'states-timeout',
    'transient',
    'timeout-or-deadlock',
    'unknown',
    named('States.Timeout', 'States.HeartbeatTimeout'),
  ),
  rule('sfn-not-redrivable', 'permanent', 'data-integrity', 'none', named('ExecutionNotRedrivable')),
  // Whoever has stopped it had a reason.
  rule('sfn-aborted', 'permanent', 'external-dependency', 'unknown', named('ExecutionAborted')),
  rule('sqs-throttled', 'throttled', 'resource-exhaustion', 'none', NOT_TAKEN),
  // Sent by Backstop, and its consumers have failed each time.
  rule('sqs-sent-back', 'permanent', 'external-dependency', 'unknown', named('MessageSentBackError')),
  rule('states-permissions', 'permanent', 'authentication', 'unknown', named('States.Permissions')),
  rule('states-data-limit', 'permanent', 'data-integrity', 'unknown', named('States.DataLimitExceeded')),
  rule('states-definition', 'permanent', 'data-integrity', 'unknown', BAD_DEFINITION),
  rule('states-http-socket', 'transient', 'external-dependency', 'unknown', named('States.Http.Socket')),
];
