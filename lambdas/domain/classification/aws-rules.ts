import { CONFLICT_FAMILY, THROTTLED } from './families.ts';
import { anyOf, mayRefresh, nameIn, nameMatches, type Rule, rule, untried } from './rule.ts';
import { SDK_CLOCK_SKEW, SDK_TRANSIENT } from './sdk-errors.ts';

const ACCESS_DENIED = anyOf(
  nameMatches(/^(?:EC2|KMS|Kms)?AccessDenied/),
  nameIn(
    'UnauthorizedOperation UnauthorizedException NotAuthorizedException ForbiddenException',
    'UnrecognizedClientException',
    'InvalidClientTokenId InvalidAccessKeyId MissingAuthenticationToken MissingAuthenticationTokenException',
    'IncompleteSignature OptInRequired KMSDisabledException KMSInvalidStateException KmsInvalidStateException',
  ),
);

const EXPIRED_TOKEN = nameIn('ExpiredToken ExpiredTokenException TokenRefreshRequired');

const TEMPORARY_FAILURE = nameIn(
  'InternalError InternalException InternalFailure InternalServerError InternalServerException',
  'InternalServiceError',
  'InternalServiceException ServiceException ServiceFailure ServiceUnavailable ServiceUnavailableError',
  'ServiceUnavailableException IDPCommunicationError IDPCommunicationErrorException',
);

const UNFIT = nameIn(
  'ValidationException ValidationError BadRequestException SerializationException InvalidParameter',
  'InvalidParameterException',
  'InvalidParameterValue InvalidParameterValueException InvalidParameterCombination InvalidRequestException',
  'InvalidArn',
  'InvalidRequestContentException InvalidName InvalidDefinition InvalidExecutionInput InvalidMessageContents',
  'InvalidAttributeValue MalformedQueryString MissingParameter MissingRequiredParameter UnsupportedOperation',
  'UnsupportedMediaTypeException RequestTooLargeException BatchRequestTooLong',
  'IdempotentParameterMismatchException',
);

/** Errors of AWS services, by their names in the SDKs. Whole families of names follow in `family-rules.ts`. */
export const AWS_RULES: readonly Rule[] = [
  // Check this before clock skew: the SDK also treats a denied access as a sign of it.
  rule('aws-access-denied', 'permanent', 'authentication', 'unknown', ACCESS_DENIED),
  rule('aws-credentials-stale', 'transient', 'authentication', 'unknown', EXPIRED_TOKEN, mayRefresh),
  rule('aws-credentials-expired', 'permanent', 'authentication', 'unknown', EXPIRED_TOKEN),
  // Signing again helps if the clock was wrong, but not if the key is.
  rule('aws-clock-skew', 'transient', 'authentication', 'unknown', SDK_CLOCK_SKEW, untried),
  rule('aws-signature-refused', 'permanent', 'authentication', 'unknown', SDK_CLOCK_SKEW),
  rule('aws-throttled', 'throttled', 'resource-exhaustion', 'unknown', THROTTLED),
  rule(
    'aws-quota',
    'permanent',
    'resource-exhaustion',
    'unknown',
    nameMatches(/(?:QuotaExceededException|MachineLimitExceeded|ItemCollectionSizeLimitExceededException)$/),
  ),
  rule('aws-conflict', 'conflict', 'data-integrity', 'unknown', CONFLICT_FAMILY),
  rule('aws-request-timeout', 'transient', 'timeout-or-deadlock', 'unknown', SDK_TRANSIENT),
  rule('aws-trouble', 'transient', 'external-dependency', 'unknown', anyOf(TEMPORARY_FAILURE, nameIn('BadDigest'))),
  rule('aws-unfit-request', 'permanent', 'data-integrity', 'unknown', UNFIT),
  rule(
    'aws-not-found',
    'permanent',
    'data-integrity',
    'unknown',
    anyOf(
      nameMatches(/(?:NotFound|NotFoundException|DoesNotExist)$/),
      nameIn('NoSuchKey NoSuchBucket NonExistentQueue StateMachineDeleting QueueDeletedRecently'),
    ),
  ),
];
