import { anyOf, messageMatches, nameIn, type Rule, rule } from './rule.ts';

/** The Lambda service refused to start the function, so nothing ran. */
const NOT_STARTED = nameIn(
  'Lambda.ResourceNotReadyException',
  'Lambda.EC2ThrottledException',
  'Lambda.ENILimitReachedException',
  'Lambda.SubnetIPAddressLimitReachedException',
  'Lambda.EFSMountTimeoutException',
  'Lambda.EFSMountConnectivityException',
  'Lambda.SnapStartTimeoutException',
  'Lambda.SnapStartNotReadyException',
  // The function is being updated.
  'Lambda.ResourceConflictException',
);

/** The function's package or settings are broken. */
const UNUSABLE = nameIn(
  'Runtime.ImportModuleError',
  'Runtime.HandlerNotFound',
  'Runtime.MalformedHandlerName',
  'Runtime.UserCodeSyntaxError',
  'Runtime.InvalidEntrypoint',
  'Runtime.InvalidWorkingDir',
  'Runtime.NoExecutable Runtime.InvalidTaskConfig',
);

const PERMANENTLY_REFUSED = nameIn(
  'Lambda.ResourceNotFoundException',
  'Lambda.InvalidRequestContentException',
  'Lambda.InvalidParameterValueException',
  'Lambda.RequestTooLargeException',
  'Lambda.UnsupportedMediaTypeException',
  'Lambda.InvalidRuntimeException Lambda.InvalidSecurityGroupIDException Lambda.InvalidSubnetIDException',
  'Lambda.InvalidZipFileException Lambda.RecursiveInvocationException',
  'Lambda.SerializedRequestEntityTooLargeException',
  'Lambda.CodeArtifactUserFailedException Lambda.CodeArtifactUserDeletedException',
  'Lambda.ModeNotSupportedException',
  'Lambda.KMSNotFoundException Lambda.EFSMountFailureException Lambda.NoPublishedVersionException',
);

/** The queue refused a message from Backstop's own calls. */
const SEND_REFUSED = nameIn('Sqs.RequestThrottled', 'Sqs.ThrottlingException', 'Sqs.OverLimit', 'Sqs.KmsThrottled');

const CRASHED = nameIn('Runtime.ExitError', 'Runtime.OutOfMemory', 'OutOfMemory', 'OutOfMemoryError', 'MemoryError');
const CRASH_MESSAGE = /^RequestId: \S+ (?:Process exited|Error: Runtime exited)|heap out of memory/i;

const BAD_DEFINITION = nameIn(
  'States.Runtime',
  'States.NoChoiceMatched',
  'States.ParameterPathFailure',
  'States.ResultPathMatchFailure',
  'States.IntrinsicFailure',
  'States.QueryEvaluationError',
  'States.ItemReaderFailed States.ResultWriterFailed',
);

/** Errors of AWS Lambda, direct or within Step Functions, and of Step Functions. */
export const LAMBDA_RULES: readonly Rule[] = [
  rule('lambda-throttled', 'throttled', 'resource-exhaustion', 'none', nameIn('Lambda.TooManyRequestsException')),
  rule('lambda-not-started', 'transient', 'resource-exhaustion', 'none', NOT_STARTED),
  rule('lambda-refused', 'permanent', 'data-integrity', 'none', PERMANENTLY_REFUSED),
  rule('lambda-unusable', 'permanent', 'external-dependency', 'none', UNUSABLE),
  rule(
    'lambda-timeout',
    'transient',
    'timeout-or-deadlock',
    'unknown',
    anyOf(
      nameIn('Sandbox.Timedout', 'Lambda.ClientExecutionTimeoutException'),
      messageMatches(/Task timed out after \d/i),
    ),
  ),
  rule('lambda-died', 'transient', 'resource-exhaustion', 'unknown', anyOf(CRASHED, messageMatches(CRASH_MESSAGE))),
  // The function completes its work before Lambda finds its response too large.
  rule(
    'lambda-answer-unfit',
    'permanent',
    'data-integrity',
    'unknown',
    nameIn('Function.ResponseSizeTooLarge', 'Runtime.MarshalError'),
  ),
  rule(
    'lambda-trouble',
    'transient',
    'external-dependency',
    'unknown',
    nameIn(
      'Lambda.ServiceException',
      'Lambda.AWSLambdaException',
      'Lambda.SdkClientException',
      'Lambda.Unknown',
      'Lambda.EC2UnexpectedException Lambda.EFSIOException Lambda.SnapStartException',
      'Lambda.CodeArtifactUserPendingException',
      // Conditions of an on-failure destination: Lambda had no capacity for the event.
      'EventAgeExceeded ZeroReservedConcurrency',
      'Sandbox.Failure Extension.Crash Extension.InitError Extension.ExitError Extension.LaunchError',
      'Runtime.Unknown',
      'Runtime.UnhandledPromiseRejection Runtime.TruncatedResponse Runtime.InvalidResponse',
      'Runtime.UnhandledException',
    ),
  ),
  rule('lambda-failed-items', 'transient', 'external-dependency', 'unknown', nameIn('BatchItemFailures')),
  rule(
    'states-timeout',
    'transient',
    'timeout-or-deadlock',
    'unknown',
    nameIn('States.Timeout', 'States.HeartbeatTimeout'),
  ),
  rule('sfn-not-redrivable', 'permanent', 'data-integrity', 'none', nameIn('ExecutionNotRedrivable')),
  // A human stopped the execution on purpose.
  rule('sfn-aborted', 'permanent', 'external-dependency', 'unknown', nameIn('ExecutionAborted')),
  rule('sqs-throttled', 'throttled', 'resource-exhaustion', 'none', SEND_REFUSED),
  // Backstop sent the message repeatedly, and its consumers failed every time.
  rule('sqs-sent-back', 'permanent', 'external-dependency', 'unknown', nameIn('MessageSentBackError')),
  rule('states-permissions', 'permanent', 'authentication', 'unknown', nameIn('States.Permissions')),
  rule('states-data-limit', 'permanent', 'data-integrity', 'unknown', nameIn('States.DataLimitExceeded')),
  rule('states-definition', 'permanent', 'data-integrity', 'unknown', BAD_DEFINITION),
  rule('states-http-socket', 'transient', 'external-dependency', 'unknown', nameIn('States.Http.Socket')),
];
