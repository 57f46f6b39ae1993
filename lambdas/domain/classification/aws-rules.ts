import { isClockSkewError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import {
  allOf,
  anyOf,
  type Condition,
  mayRefresh,
  messageMatches,
  nameIn,
  nameMatches,
  type Rule,
  rule,
  untried,
} from './rule.ts';

/** Uses the AWS SDK's predicates, because the SDK doesn't export its lists of error codes. */
function sdkPredicate(question: typeof isThrottlingError): Condition {
  return ({ words, message }) => words.some((name) => question({ name, message }));
}

const ACCESS_DENIED = anyOf(
  nameMatches(/^(?:EC2|KMS|Kms)?AccessDenied/),
  nameIn(
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

const EXPIRED_TOKEN = nameIn('ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired');
const POSSIBLE_CLOCK_SKEW = sdkPredicate(isClockSkewError);

const CONFLICT = anyOf(
  nameMatches(/(?:AlreadyExists|AlreadyExistsException|ConflictException|Conflict)$/),
  nameIn(
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

const TEMPORARY_FAILURE = nameIn(
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

const UNFIT = nameIn(
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

const NOT_FOUND = anyOf(
  nameMatches(/(?:NotFound|NotFoundException|DoesNotExist)$/),
  nameIn('NoSuchKey', 'NoSuchBucket', 'NonExistentQueue', 'StateMachineDeleting', 'QueueDeletedRecently'),
);

const CANCELLED = nameIn('TransactionCanceledException');
const CONTENTION = anyOf(
  nameIn('TransactionConflictException', 'ReplicatedWriteConflictException'),
  allOf(CANCELLED, messageMatches(/TransactionConflict/i)),
);

/** Errors of AWS services, by their names in the SDKs. */
export const AWS_RULES: readonly Rule[] = [
  // Check this before clock skew: the SDK also treats a denied access as a sign of it.
  rule('aws-access-denied', 'permanent', 'authentication', 'unknown', ACCESS_DENIED),
  rule('aws-credentials-stale', 'transient', 'authentication', 'unknown', EXPIRED_TOKEN, mayRefresh),
  rule('aws-credentials-expired', 'permanent', 'authentication', 'unknown', EXPIRED_TOKEN),
  // Signing again helps if the clock was wrong, but not if the key is.
  rule('aws-clock-skew', 'transient', 'authentication', 'unknown', POSSIBLE_CLOCK_SKEW, untried),
  rule('aws-signature-refused', 'permanent', 'authentication', 'unknown', POSSIBLE_CLOCK_SKEW),
  rule(
    'aws-transaction-conflict',
    'conflict',
    'data-integrity',
    'unknown',
    CANCELLED,
    messageMatches(/ConditionalCheckFailed/i),
  ),
  rule('aws-transaction-contention', 'transient', 'timeout-or-deadlock', 'unknown', CONTENTION),
  rule(
    'aws-transaction-throttled',
    'throttled',
    'resource-exhaustion',
    'unknown',
    CANCELLED,
    messageMatches(/Throttling|ThroughputExceeded/i),
  ),
  rule('aws-transaction-refused', 'permanent', 'data-integrity', 'unknown', CANCELLED),
  rule(
    'aws-throttled',
    'throttled',
    'resource-exhaustion',
    'unknown',
    anyOf(
      sdkPredicate(isThrottlingError),
      nameMatches(/Throttl|TooManyRequests|RateLimit|ThroughputExceeded/),
      nameIn('OverLimit', 'ExecutionLimitExceeded', 'ActivityWorkerLimitExceeded'),
    ),
  ),
  rule(
    'aws-quota',
    'permanent',
    'resource-exhaustion',
    'unknown',
    nameMatches(/(?:QuotaExceededException|MachineLimitExceeded)$/),
  ),
  rule('aws-conflict', 'conflict', 'data-integrity', 'unknown', CONFLICT),
  rule('aws-request-timeout', 'transient', 'timeout-or-deadlock', 'unknown', sdkPredicate(isTransientError)),
  rule('aws-trouble', 'transient', 'external-dependency', 'unknown', TEMPORARY_FAILURE),
  rule('aws-unfit-request', 'permanent', 'data-integrity', 'unknown', UNFIT),
  rule('aws-not-found', 'permanent', 'data-integrity', 'unknown', NOT_FOUND),
];
