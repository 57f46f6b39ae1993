import { allOf, anyOf, nameIn, nameMatches, type Rule, rule, says } from './rule.ts';

/** The connection broke before the handshake ended. Java and Python give the same names to a refused certificate. */
const HANDSHAKE_CUT = allOf(
  nameIn('SSLHandshakeException SSLException SSLError SSLEOFError SSLZeroReturnError AuthenticationException'),
  says(
    /terminated the handshake/,
    /(?:closed|reset) (?:the )?connection/,
    /connection (?:was )?(?:closed|reset|aborted)/,
    /EOF occurred/,
    /unexpected EOF/,
    /received an unexpected EOF/,
    /0 bytes from the transport stream/,
    /timed out/,
  ),
);

/** Names that clients of databases and brokers give to a server that is away, where their words say something else. */
const SERVER_AWAY = anyOf(
  // Spring, Rails, TypeORM, RabbitMQ, asyncpg.
  nameIn(
    'CannotGetJdbcConnectionException CannotCreateTransactionException DataAccessResourceFailureException',
    'JDBCConnectionException TransientDataAccessResourceException RecoverableDataAccessException',
    'SQLTransientConnectionException SQLNonTransientConnectionException SQLRecoverableException',
    'ConnectionNotEstablished ConnectionFailed ConnectionNotDefined DatabaseConnectionError AlreadyClosedException',
    'ConnectionIsNotSetError ConnectionNotFoundError ConnectionDoesNotExistError ConnectionFailureError',
    'ClientCannotConnectError ConnectionRejectionError PostgresConnectionError CannotConnectNowError',
    'AdminShutdownError CrashShutdownError ReadOnlySQLTransactionError PG::ConnectionBad PG::UnableToSend',
    'ConnectionBad UnableToSend AdminShutdown CrashShutdown CannotConnectNow SqlclientUnableToEstablishSqlconnection',
    'TransactionResolutionUnknownError StatementCompletionUnknownError',
  ),
  // MongoDB of Java and Python, Redis of Python, Ruby and Java.
  nameMatches(
    /^Mongo(?:NotPrimary|NodeIsRecovering|Socket\w{0,20}|ConnectionPoolCleared|ServerUnavailable|Timeout|StalePrimary|Interrupted|ExecutionTimeout|SocksProxy|WaitQueueFull)Exception$/,
  ),
  nameIn(
    'AutoReconnect NotPrimaryError NotMasterError ConnectionFailure ServerSelectionTimeoutError NetworkTimeout',
    'ExecutionTimeout WTimeoutError BusyLoadingError ClusterDownError MasterDownError TryAgainError MovedError',
    'AskError ClusterError MasterNotFoundError SlaveNotFoundError ReadOnlyError MaxConnectionsError',
    'JedisConnectionException JedisClusterMaxAttemptsException RedisCommandTimeoutException',
    'RedisConnectionException RedisLoadingException RedisBusyException RedisReadOnlyException',
    'CannotConnectError',
  ),
  // Neo4j.
  allOf(
    nameMatches(/neo4j/i),
    nameIn('SessionExpired SessionExpiredException', 'ServiceUnavailable TransientError TransientException NotALeader'),
  ),
  nameIn('NotALeader ForbiddenOnReadOnlyDatabase IncompleteCommit DiscoveryException BoltConnectionBroken'),
  nameMatches(/^Neo\.TransientError\./),
  nameMatches(/^Neo\.ClientError\.(?:Cluster\.NotALeader|General\.ForbiddenOnReadOnlyDatabase)$/),
  // Go's drivers of SQL databases.
  allOf(nameMatches(/mysql|driver|pq\.|pgconn|sql|errorString/i), says(/^(?:driver: )?(?:invalid|bad) connection$/)),
  allOf(nameMatches(/mysql/i), says(/^(?:busy buffer|malformed packet|commands out of sync)/)),
  // Rust's HTTP clients.
  says(/client error \((?:Connect|SendRequest)\)/, /error sending request for url/),
  nameIn('IncompleteMessage'),
);

/** A circuit breaker, a bulkhead or a rate limiter in the caller's own process refused the call. */
const BREAKER_OPEN = nameIn(
  'EOPENBREAKER ESHUTDOWNBREAKER BrokenCircuitException BrokenCircuitError IsolatedCircuitException',
  'IsolatedCircuitError HydratingCircuitError CallNotPermittedException CircuitBreakerError CircuitBreakerOpenException',
  'CircuitOpenException ErrOpenState',
);
const CALL_REJECTED = nameIn(
  'BulkheadRejectedError BulkheadRejectedException BulkheadFullException RateLimiterRejectedException',
  'RateLimitRejectedException RequestNotPermitted ESEMLOCKED',
);

const SERIALIZATION = anyOf(
  nameIn(
    'SerializationFailure Deadlocked DeadlockDetected DeadlockDetectedError TransactionRollbackError',
    'LockWaitTimeout LockNotAvailableError LockNotAvailable QueryCanceled QueryCanceledError StatementTimeout',
    'CannotAcquireLockException CannotSerializeTransactionException DeadlockLoserDataAccessException',
    'PessimisticLockingFailureException ConcurrencyFailureException TimeoutRejectedException',
    'MySQLTransactionRollbackException IdleInTransactionSessionTimeoutError',
  ),
  allOf(nameMatches(/asyncpg/), nameIn('SerializationError')),
  nameMatches(/^Neo\.TransientError\.Transaction\./),
);

const DUPLICATE = nameIn(
  'RecordNotUnique UniqueViolation UniqueViolationError DuplicateKeyException DuplicateKeyError',
  'ExclusionViolationError OptimisticLockingFailureException ObjectOptimisticLockingFailureException',
  'UniqueConstraintViolationException',
);

const UNFIT = anyOf(
  // Apollo's codes.
  nameIn(
    'BAD_USER_INPUT GRAPHQL_PARSE_FAILED GRAPHQL_VALIDATION_FAILED OPERATION_RESOLUTION_FAILURE',
    'PERSISTED_QUERY_NOT_SUPPORTED',
  ),
  // Redis and DB-API of Python, MongoDB of Java, Neo4j, Rails.
  nameIn(
    'NoScriptError DataError MongoIncompatibleDriverException CypherTypeError CypherSyntaxError NoDatabaseError',
    'ReadOnlyRecord',
  ),
  nameMatches(/^Neo\.ClientError\.(?:Statement|Schema|Procedure|Request)\./),
);

/** Names of clients that read otherwise than they mean: a `ConnectionDoesNotExistError` is a lost connection. */
export const CLIENT_RULES: readonly Rule[] = [
  rule('tls-handshake-cut', 'transient', 'external-dependency', 'unknown', HANDSHAKE_CUT),
  rule('client-breaker-open', 'transient', 'external-dependency', 'unknown', BREAKER_OPEN),
  rule('client-rejected-call', 'throttled', 'resource-exhaustion', 'unknown', CALL_REJECTED),
  rule('client-rolled-back', 'transient', 'timeout-or-deadlock', 'unknown', SERIALIZATION),
  rule('client-duplicate', 'conflict', 'data-integrity', 'unknown', DUPLICATE),
  rule('client-server-away', 'transient', 'external-dependency', 'unknown', SERVER_AWAY),
  rule('client-unfit-request', 'permanent', 'data-integrity', 'unknown', UNFIT),
];
