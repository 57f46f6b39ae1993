import { isClockSkewError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { all, type Condition, either, mayRefresh, named, namedLike, type Rule, rule, says, untried } from './rule.ts';

/** Asks the AWS SDK, whose lists of error codes are open to us only through these questions. */
function sdkSays(question: typeof isThrottlingError): Condition {
  return ({ words, message }) => words.some((name) => question({ name, message }));
}

const ACCESS_DENIED = either(
  namedLike(/^(?:EC2|KMS|Kms)?AccessDenied/),
  named(
    'UnauthorizedOperation',
    'UnauthorizedException',
    'NotAuthorizedException',
    'ForbiddenException',
    'UnrecognizedClientException',
    'InvalidClientTokenId',
    'InvalidAccessKeyId',
    'MissingAuthenticationToken',
    'MissingAuthenticationTokenException',
    'IncompleteSignature',
    'OptInRequired',
    'KMSDisabledException',
    'KMSInvalidStateException',
    'KmsInvalidStateException',
  ),
);

const EXPIRED_TOKEN = named('ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired');
const MAY_BE_THE_CLOCK = sdkSays(isClockSkewError);

const CONFLICT = either(
  namedLike(/(?:AlreadyExists|AlreadyExistsException|ConflictException|Conflict)$/),
  named(
    'ConditionalCheckFailedException',
    'ConcurrentModificationException',
    'ResourceInUseException',
    'ResourceExistsException',
    'DuplicateItemException',
    'OperationAborted',
    'PreconditionFailed',
    'PreconditionNotMetException',
    'QueueNameExists',
  ),
);

const TROUBLE = named(
  'InternalError',
  'InternalException',
  'InternalFailure',
  'InternalServerError',
  'InternalServerException',
  'InternalServiceError',
  'InternalServiceException',
  'ServiceException',
  'ServiceFailure',
  'ServiceUnavailable',
  'ServiceUnavailableError',
  'ServiceUnavailableException',
  'IDPCommunicationError',
);

const UNFIT = named(
  'ValidationException',
  'ValidationError',
  'BadRequestException',
  'SerializationException',
  'InvalidParameter',
  'InvalidParameterException',
  'InvalidParameterValue',
  'InvalidParameterValueException',
  'InvalidParameterCombination',
  'InvalidRequestException',
  'InvalidRequestContentException',
  'InvalidArn',
  'InvalidName',
  'InvalidDefinition',
  'InvalidExecutionInput',
  'InvalidMessageContents',
  'InvalidAttributeValue',
  'MalformedQueryString',
  'MissingParameter',
  'MissingRequiredParameter',
  'UnsupportedOperation',
  'UnsupportedMediaTypeException',
  'RequestTooLargeException',
  'BatchRequestTooLong',
  'ItemCollectionSizeLimitExceededException',
  'IdempotentParameterMismatchException',
);

const NOT_FOUND = either(
  namedLike(/(?:NotFound|NotFoundException|DoesNotExist)$/),
  named('NoSuchKey', 'NoSuchBucket', 'NonExistentQueue', 'StateMachineDeleting', 'QueueDeletedRecently'),
);

const CANCELLED = named('TransactionCanceledException');
const CONTENTION = either(
  named('TransactionConflictException', 'ReplicatedWriteConflictException'),
  all(CANCELLED, says(/TransactionConflict/i)),
);

/** Errors of AWS services, by the names that the SDKs give them. */
export const AWS_RULES: readonly Rule[] = [
  // Before the clock: the SDK counts a refused access among the signs of a wrong clock.
  rule('aws-access-denied', 'permanent', 'authentication', 'unknown', ACCESS_DENIED),
  rule('aws-credentials-stale', 'transient', 'authentication', 'unknown', EXPIRED_TOKEN, mayRefresh),
  rule('aws-credentials-expired', 'permanent', 'authentication', 'unknown', EXPIRED_TOKEN),
  // Signed anew, a call heals if the clock was wrong, and never if the key is.
  rule('aws-clock-skew', 'transient', 'authentication', 'unknown', MAY_BE_THE_CLOCK, untried),
  rule('aws-signature-refused', 'permanent', 'authentication', 'unknown', MAY_BE_THE_CLOCK),
  rule('aws-transaction-conflict', 'conflict', 'data-integrity', 'unknown', CANCELLED, says(/ConditionalCheckFailed/i)),
  rule('aws-transaction-contention', 'transient', 'timeout-or-deadlock', 'unknown', CONTENTION),
  rule(
    'aws-transaction-throttled',
    'throttled',
    'resource-exhaustion',
    'unknown',
    CANCELLED,
    says(/Throttling|ThroughputExceeded/i),
  ),
  rule('aws-transaction-refused', 'permanent', 'data-integrity', 'unknown', CANCELLED),
  rule(
    'aws-throttled',
    'throttled',
    'resource-exhaustion',
    'unknown',
    either(
      sdkSays(isThrottlingError),
      namedLike(/Throttl|TooManyRequests|RateLimit|ThroughputExceeded/),
      named('OverLimit', 'ExecutionLimitExceeded', 'ActivityWorkerLimitExceeded'),
    ),
  ),
  rule(
    'aws-quota',
    'permanent',
    'resource-exhaustion',
    'unknown',
    namedLike(/(?:QuotaExceededException|MachineLimitExceeded)$/),
  ),
  rule('aws-conflict', 'conflict', 'data-integrity', 'unknown', CONFLICT),
  rule('aws-request-timeout', 'transient', 'timeout-or-deadlock', 'unknown', sdkSays(isTransientError)),
  rule('aws-trouble', 'transient', 'external-dependency', 'unknown', TROUBLE),
  rule('aws-unfit-request', 'permanent', 'data-integrity', 'unknown', UNFIT),
  rule('aws-not-found', 'permanent', 'data-integrity', 'unknown', NOT_FOUND),
];
