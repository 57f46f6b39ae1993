import { allOf, anyOf, familyEnds, familyHas, familyIs, familyMatches, nameIn, not } from './rule.ts';
import { SDK_THROTTLED, SDK_TRANSIENT } from './sdk-errors.ts';

/**
 * `NotAThrottlingError`, `InvalidRateLimit` and `ThrottlingConfigNotFound` speak of a rate, but refuse something else.
 */
const OTHER_SENSE = familyMatches(
  /^(?:not-an?|no|non)-|(?:^|-)(?:invalid|illegal|malformed|missing|unknown|unsupported|not-[a-z]{1,20}|config|configuration|settings?|policy|plan)(?:-|$)/,
);

/** Only the end of a name says what failed: `RequestLimitTooLow` and `OverloadedMethod` are refusals. */
const THROTTLE_FAMILY = familyMatches(
  new RegExp(
    `(?:^|-)(?:${[
      'throttled?|throttling|too-many-requests?|too-many-(?:api-)?calls|too-many-(?:simultaneous|concurrent)-[a-z-]{1,40}',
      '(?:api-)?rate-limit(?:s|ed|er)?|ratelimit(?:ed)?|rate-exceeded|rate-limiting',
      'requests?-limit-exceeded|requests?-limit|query-limit-exceeded|slow-down|slowdown|throughput-exceeded',
      'bandwidth-limit-exceeded|over-limit|enhance-your-calm|provisioned-throughput',
      'concurrent-[a-z-]{1,40}-(?:exceeded|limit)|concurrent-limit|concurrent-api-limit',
      '(?:execution|activity-worker)-limit-exceeded|active-[a-z]{1,20}-exceeded',
      'request-rate-too-large|[a-z]-overload(?:ed)?',
    ].join('|')})(?:-exceeded|-reached|-hit)?$`,
  ),
);

/** The service asks for fewer calls: by a name in the SDK's list, or of a family that says so in every service. */
export const THROTTLED = anyOf(
  SDK_THROTTLED,
  allOf(THROTTLE_FAMILY, not(OTHER_SENSE)),
  nameIn(
    'ExecutionLimitExceeded ActivityWorkerLimitExceeded ResourceExhausted OVERLOADED Overloaded overloaded_error',
    'OverloadedError OverloadedException OverloadError OverloadException',
    'ServerBusy ServiceBusy ServerBusyException ServiceBusyException server_busy es_rejected_execution_exception',
    'REQUEST_LIMIT_EXCEEDED ConcurrentRunsExceededException TOO_MANY_APEX_REQUESTS quota_throttled',
    'TooManyRequests TOO_MANY_PARTS RequestNotPermitted',
    'circuit_breaking_exception BulkheadFullException BulkheadRejectedException RequestRateTooLarge over_quota',
  ),
);

/** Names that a service gives to its own trouble, whatever the status: clients that know the service retry them. */
export const KNOWN_TRANSIENT = anyOf(
  // A client gives the name TimeoutError. No service answers with it.
  allOf(SDK_TRANSIENT, not(nameIn('TimeoutError'))),
  nameIn(
    'IDPCommunicationError IDPCommunicationErrorException BadDigest RequestTimeout',
    'UNABLE_TO_LOCK_ROW SERVER_UNAVAILABLE SERVICE_NOT_AVAILABLE QUERY_TIMEOUT lock_timeout',
    'TransactionInProgressException ReplicatedWriteConflictException PriorRequestNotComplete',
  ),
);

const CONFLICTING = anyOf(
  familyIs('aborted version watch lease-lost'),
  familyMatches(/-reused$/),
  familyHas(
    'already-exists? already-[a-z]{3,20}ed already-present exists-already exists conflict(?:ing)?',
    'conflicting-operation duplicate[ds]? in-use concurrent-(?:modification|update|access|write)',
    'concurrency-conflict update-concurrency concurrent-(?:operation|updating|reference-update)',
    'optimistic-lock(?:ing)? stale-(?:object|object-state|data|element) version-(?:mismatch|conflict)',
    'precondition-failed precondition-not-met condition(?:al)?-(?:check-failed|not-met) etag-mismatch',
    'resource-modified unique-(?:constraint|violation|constraint-violation) operation-aborted',
    'db-update-concurrency preconditions-failed transaction-conflict revision-mismatch resource-in-use',
  ),
);

/** Somebody else was faster, or the same was done before. `InvalidExistsOption` and `NotExists` say something else. */
export const CONFLICT_FAMILY = allOf(CONFLICTING, not(familyMatches(/^invalid-|not-exists?$|^no-such-/)));

/**
 * Names under which a 400 is a lost race. The words must end the name: `conflicting_fields` and
 * `DUPLICATE_ITEM_IN_LIST` find fault with the request.
 */
export const CONFLICT_NAME = allOf(
  CONFLICT_FAMILY,
  anyOf(
    familyEnds(
      'already-exists? exists-already exists already-[a-z]{3,20}ed already-present in-use conflict conflict-exists',
      'duplicate duplicate-(?:key|value|values|entry|record|request|name|resource|document|transaction|object)',
      'precondition precondition-not-met preconditions condition(?:al)?-check condition(?:al)?-not-met etag-mismatch',
      'concurrent-(?:modification|update|access|write|operation|updating) concurrency-conflict update-concurrency',
      'optimistic-lock(?:ing)? stale-(?:object|object-state|data|element) version-(?:mismatch|conflict)',
      'resource-modified unique-(?:constraint|violation|constraint-violation) revision-mismatch operation-aborted',
    ),
    familyIs('aborted lease-lost'),
    familyMatches(/-reused$/),
  ),
);
