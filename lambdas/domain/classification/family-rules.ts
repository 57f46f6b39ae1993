import {
  anyOf,
  type Condition,
  familyEnds,
  familyHas,
  familyIs,
  familyMatches,
  familyStarts,
  nameIn,
  nameMatches,
  not,
  type Rule,
  rule,
  says,
} from './rule.ts';

/**
 * Families of names: `…NotFoundFault`, `RESOURCE_NOT_FOUND` and `resource-not-found` mean the same in every system.
 * The patterns see names in one style, without "Error". What refuses comes before what fails: `InvalidTimeout` is a
 * wrong argument.
 */
const UNFIT = anyOf(
  familyStarts(
    'moved-permanently not-modified (?:temporary-|permanent-)?redirect(?:ion)? resume-incomplete invalid illegal',
    'malformed unsupported missing incompatible unknown(?=-) unrecognized inconsistent',
    'bad-(?:request|argument|value|parameter) validation argument params? parameter empty bad-sql-grammar',
    'object-disposed non-transient parsing cannot(?!-(?:connect|reach|acquire|obtain|open|get))',
    'unable-to-(?:parse|validate) not-(?:supported|implemented|allowed|valid|permitted|empty|eligible)',
  ),
  familyHas(
    'invalid validation validation-(?:failed|exception) malformed unprocessable unsupported',
    'not-(?:supported|allowed|valid|enabled|permitted|implemented|registered|empty|eligible|compatible|verified|disabled|connected|running|active|satisfiable|acceptable|applicable|configured|unique|authorized-for)',
    'mismatch too-(?:large|long|big|small|short|low|high|old|deep|complex) required incorrect does-not-match',
    'failed-precondition out-of-(?:range|bounds) bad-request serialization data-loss record-invalid',
    'unimplemented',
    'constraint syntax parse violation declined policy-violation idempotent-parameter-mismatch',
  ),
  familyEnds('state configuration content document combination argument parameter'),
  // `HTTPStatusError` is any answer but a success.
  familyMatches(/(?<!^(?:http|api))-status$/),
);

/** Names that runtimes give to any misuse, also to a closed pool. The message knows more. */
const VAGUE = familyIs('illegal-state invalid-operation illegal-operation err-bad-request statement-invalid');

const NOT_FOUND = familyHas(
  'not-found not-exists? does-not-exist doesnt-exist non-?existent no-such-[a-z-]{1,60} unknown-[a-z-]{1,60}',
  'gone deleted missing undefined no-longer-exists unavailable-offering',
);

const DENIED = familyHas(
  'access-denied access-not-granted permission-denied permissions? not-authorized no-authorization',
  'unauthori[sz]ed unauthenticated authentication authentication-failed authorization authorization-failed auth',
  'forbidden invalid-(?:token|credentials?|api-key|grant|password|session)',
  'expired-(?:token|session|credentials?) (?:token|session|credentials?|certificate)-(?:expired|revoked)',
  'revoked login-failed signature wrong-password user-disabled kms-disabled kms-key-disabled key-disabled',
  'disabled suspended restricted lockout subscription-required opt-in-required payment-required not-entitled',
  'blocked credentials?',
);

const CERTIFICATE = anyOf(
  familyMatches(/(?:^|-)(?:ssl|tls|x509)-(?:cert|certificate)[a-z-]{0,40}$/),
  familyMatches(/certificate-(?:verification|verify|expired|unknown)/),
);

/** Names of a state, a rule or a refusal that no family above explains. */
const REFUSAL = anyOf(
  familyMatches(
    /^(?:multiple|insufficient|expired|inactive|unmodifiable|unable|deprecated|reserved|irreversible|oversized|unresolvable|uninitialized|private|pending|associated|already|recursive|trimmed|last|override|account|stale)-/,
  ),
  familyMatches(
    /[a-z0-9]-not-(?!consumed|delivered|reach|respond|connected|acknowledged|received|completed|started)[a-z]/,
  ),
  familyHas(
    'does-not contains has have can without already policy tag dry-run verification expired rejected denied',
    'disallowed outdated out-of-sync ongoing enabled associated attached unchanged same archived deprecated',
    'modified paused ended executing running stopping opted-out inaccessible incompatibility expiration',
    'referenced encryption decryption privileges frozen retired blocked non-empty',
  ),
);

const QUOTA = anyOf(
  familyHas(
    '(?:quota|limits?|size|length|count|number|maximum|max|capacity|depth|duration|age)-(?:exceeded|reached|was-exceeded)',
    '[a-z]{1,30}-exceeded exceeds?-[a-z-]{1,30} too-many-[a-z-]{1,60} max(?:imum)?-[a-z-]{1,60} over-quota',
    'out-of-quota limit',
  ),
  familyEnds('exceeded exceeds'),
);

const TIMEOUT = familyHas(
  'time-limit-exceeded not-responding time-?outs? timed-?out deadline-exceeded read-timeout connect-timeout lock-wait lock-timeout task-canceled',
  'took-too-long expired-in-queue socket-timeout gateway-time',
);

const EXHAUSTED = familyHas(
  'out-of-memory memory no-space-left disk-full too-many-connections too-many-clients',
  'too-many-open-[a-z-]{1,30} pool-exhausted connections?-exhausted',
  'insufficient-(?:[a-z0-9]{1,30}-){0,4}(?:capacity|resources?|memory|storage|instances?|throughput)',
  'capacity-not-available resources?-exhausted allocation-failed overconstrained-allocation-request',
  'rejected-execution out-of-capacity over-capacity quota-throttled',
);

const UNAVAILABLE = anyOf(
  familyHas(
    'temporarily-[a-z]{1,30} temporary-(?:failure|error|problem|unavailable) transient not-available not-ready',
    'not-reachable server-unavailable service-down server-down shutting-down starting-up initiali[sz]ing warming-up',
    'bad-gateway gateway-time-?out try-again(?:-later)? retry-(?:later|with) dependency-(?:failure|failed|error)',
    'failed-dependency circuit-open circuit-breaker-open breaker-open call-not-permitted broken-circuit',
    'isolated-circuit deadlock(?:ed)? lock-(?:acquisition|not-granted|wait|aborted|lost) acquire-lock',
    'pessimistic-lock(?:ing)? serialization-failure leader-not-[a-z-]{1,20} not-leader no-leader failover',
    'maintenance busy-connection retriable-response propagation-delay',
  ),
  familyEnds(
    'unavailable unreachable shutdown starting gateway retry retryable retriable temporary dependency in-progress',
    'locked election rebalance interrupted busy recovering contention pending offline resuming down',
  ),
);

const SERVER_FAULT = anyOf(
  familyIs('internal server service system remote backend upstream'),
  familyHas(
    'internal-(?:server|service|failure|dependency|error|system|processing|client|cluster|aws)',
    'server-(?:internal|failure|fault|side) service-(?:failure|internal|fault|unavailable) internal unexpected',
    'unhandled crash unknown-server system-failure processing-failure service-exception',
  ),
  familyEnds('service server internal (?:connection|dependency|processing|server)-failure'),
);

const CONNECTION_NAME = anyOf(
  familyEnds(
    'communications? connection connect connector connectivity socket network(?:ing)? transport protocol dns proxy web ssl tls http',
    'network-request http-request http-client http-server fetch io eof unexpected-eof stream rpc channel disconnect(?:ed)? reset',
    'unknown-host host-not-found name-resolution broken-pipe operational interface initialization npgsql mysql',
    'database redis kafka(?:-js)? session-closed resource-access resource-failure',
  ),
  familyHas(
    'connection-(?:lost|reset|refused|closed|failed|failure|bad|error|not-open|aborted|done|terminated)',
    'endpoint-connection remote-end-closed unable-to-(?:send|connect) cannot-(?:connect|reach)',
  ),
);

/** If SQL Server itself refuses a query, the driver gives its number. */
const WITHOUT_NUMBER: Condition = ({ code, words }) => code === 'EREQUEST' && !words.some((word) => /^\d+$/.test(word));

/** Families whose name alone explains the error. They decide before the message. */
export const FAMILY_RULES: readonly Rule[] = [
  rule('named-certificate', 'permanent', 'authentication', 'unknown', CERTIFICATE),
  rule('named-access-denied', 'permanent', 'authentication', 'unknown', DENIED),
  rule(
    'named-not-found',
    'permanent',
    'data-integrity',
    'unknown',
    NOT_FOUND,
    not(familyMatches(/host-not-found|unknown-host|leader/)),
  ),
  rule(
    'named-exhausted',
    'transient',
    'resource-exhaustion',
    'unknown',
    EXHAUSTED,
    not(familyMatches(/^invalid-|-per-|^too-many-(?!connections|clients|open)/)),
  ),
  rule(
    'named-timeout',
    'transient',
    'timeout-or-deadlock',
    'unknown',
    TIMEOUT,
    not(familyMatches(/^(?:invalid|illegal|unsupported|missing)-/)),
  ),
  rule(
    'named-unavailable',
    'transient',
    'external-dependency',
    'unknown',
    UNAVAILABLE,
    not(familyMatches(/^(?:invalid|illegal|unsupported|missing|non-transient|entity-is)-/)),
  ),
  rule('named-unfit', 'permanent', 'data-integrity', 'unknown', UNFIT, not(VAGUE)),
  rule('named-quota', 'permanent', 'resource-exhaustion', 'unknown', QUOTA),
  rule(
    'named-server-fault',
    'transient',
    'external-dependency',
    'unknown',
    SERVER_FAULT,
    not(familyMatches(/^(?:request|service|server)$|^mongo/)),
  ),
];

/** Errors of the program itself. Their messages quote names of its own, such as `connectionId`. */
const BUG = nameIn(
  'TypeError ReferenceError SyntaxError RangeError EvalError URIError AssertionError ZodError CastError',
  'StrictModeError ValidatorError DocumentNotFoundError',
  'KeyError ValueError AttributeError IndexError NameError UnboundLocalError ImportError ModuleNotFoundError',
  'ZeroDivisionError NotImplementedError RecursionError UnicodeDecodeError UnicodeEncodeError',
  'IndentationError TabError',
  'ArithmeticError LookupError OverflowError FloatingPointError StopIteration JSONDecodeError ValidationError',
  'NullPointerException ClassCastException IllegalArgumentException IndexOutOfBoundsException',
  'ArrayIndexOutOfBoundsException',
  'StringIndexOutOfBoundsException NumberFormatException ArithmeticException ClassNotFoundException',
  'NoClassDefFoundError',
  'NoSuchMethodError UnsupportedOperationException NegativeArraySizeException ArrayStoreException',
  'NoSuchFieldError',
  'NoSuchElementException DateTimeParseException JsonParseException JsonMappingException StackOverflowError',
  'NullReferenceException ArgumentException ArgumentNullException ArgumentOutOfRangeException FormatException',
  'InvalidCastException',
  'IndexOutOfRangeException KeyNotFoundException DivideByZeroException NotImplementedException',
  'NotSupportedException JsonException',
  'NoMethodError ArgumentError FrozenError UncaughtThrowError FloatDomainError JSON::ParserError ParserError',
  'LocalJumpError',
  'MissingMethodException StackOverflowException TypeLoadException DivisionByZeroError ArgumentCountError',
  'UnhandledMatchError',
);

/** What runtimes say of a bug, in an error that was thrown again under another name. */
const SAYS_BUG = says(
  /cannot read propert(?:y|ies) (?:of|'[^'\n]{1,100}' of) (?:undefined|null)/,
  /cannot set propert(?:y|ies) of (?:undefined|null)/,
  /(?:undefined|null) is not (?:a function|an object|iterable)/,
  /[\w.$]{1,100} is not (?:a function|a constructor|iterable)/,
  /^(?:Uncaught )?ReferenceError: [\w$]{1,100} is not defined/,
  /'NoneType' object/,
  /invalid memory address or nil pointer dereference/,
  /json: cannot unmarshal/,
);
/** Go's errors of reading and writing JSON. */
const GO_JSON = nameMatches(/^\*?json\.\w{1,40}Error$/);

export const isBug = anyOf(BUG, GO_JSON, SAYS_BUG);

/** Names that say little. They decide only where the message explains nothing either. */
export const WEAK_RULES: readonly Rule[] = [
  rule('program-bug', 'permanent', 'external-dependency', 'unknown', isBug),
  rule(
    'named-misuse',
    'permanent',
    'data-integrity',
    'unknown',
    anyOf(VAGUE, nameIn('ERR_BAD_REQUEST ClientError HttpClientErrorException')),
  ),
  rule('client-calls-it-retryable', 'transient', 'external-dependency', 'unknown', (it) => it.retryable),
  rule(
    'named-connection',
    'transient',
    'external-dependency',
    'unknown',
    anyOf(CONNECTION_NAME, nameIn('ERR_BAD_RESPONSE'), WITHOUT_NUMBER),
  ),
  rule('named-service', 'transient', 'external-dependency', 'unknown', familyMatches(/^(?:server|service)$/)),
  rule('named-refusal', 'permanent', 'data-integrity', 'unknown', REFUSAL),
];
