import type { VerdictKind } from '../../../../lambdas/contract/verdict.ts';

/** The errors of one client, as functions in its language report them: name, or name and message. */
interface Ecosystem {
  readonly client: string;
  readonly source: string;
  readonly errors: Partial<Record<VerdictKind, readonly (string | readonly [name: string, message: string])[]>>;
}

const go = (name: string, status = 400): readonly [string, string] => [
  'OperationError',
  `operation error DynamoDB: PutItem, https response error StatusCode: ${status}, RequestID: ABC, ${name}: text`,
];
const grpcNet = (name: string): readonly [string, string] => [
  'Grpc.Core.RpcException',
  `Status(StatusCode="${name}", Detail="text")`,
];
const grpcGo = (name: string): readonly [string, string] => ['Error', `rpc error: code = ${name} desc = text`];
const httpx = (side: string, status: string): readonly [string, string] => [
  'HTTPStatusError',
  `${side} error '${status}' for url 'https://x/'\nFor more information check: https://developer.mozilla.org/`,
];
const cosmos = (status: string): readonly [string, string] => [
  'Microsoft.Azure.Cosmos.CosmosException',
  `Response status code does not indicate success: ${status}; Substatus: 0; ActivityId: x`,
];
const prefixed = (prefix: string, names: string): readonly string[] =>
  names.split(/\s+/).map((name) => `${prefix}${name}`);

export const ECOSYSTEMS: readonly Ecosystem[] = [
  {
    client: 'httpx, Python',
    source: 'encode/httpx, _exceptions.py and Response.raise_for_status',
    errors: {
      transient: [
        httpx('Server', '503 Service Unavailable'),
        httpx('Server', '500 Internal Server Error'),
        ...prefixed('httpx.', 'ConnectTimeout ReadTimeout WriteTimeout PoolTimeout ReadError WriteError ConnectError'),
        ...prefixed('httpx.', 'CloseError NetworkError ProxyError RemoteProtocolError'),
      ],
      throttled: [httpx('Client', '429 Too Many Requests')],
      permanent: [httpx('Client', '404 Not Found'), 'httpx.InvalidURL', 'httpx.UnsupportedProtocol'],
      conflict: [httpx('Client', '409 Conflict')],
    },
  },
  {
    client: 'SDKs of OpenAI and Anthropic, Python',
    source: 'openai/openai-python, _exceptions.py; anthropics/anthropic-sdk-python, _exceptions.py',
    errors: {
      transient: [['InternalServerError', 'Error code: 500 - {}'], 'APIConnectionError', 'APITimeoutError'],
      throttled: [
        ['APIStatusError', "Error code: 529 - {'type': 'error', 'error': {'type': 'overloaded_error'}}"],
        ['RateLimitError', 'Error code: 429 - {}'],
      ],
      permanent: [
        ['BadRequestError', 'Error code: 400 - {}'],
        ['AuthenticationError', 'Error code: 401 - {}'],
        ['APIStatusError', 'Error code: 413 - {}'],
      ],
    },
  },
  {
    client: 'AWS SDK for Go 2',
    source: 'aws/aws-sdk-go-v2, issue 1773: the message of a modelled error',
    errors: {
      throttled: ['ProvisionedThroughputExceededException', 'RequestLimitExceeded', 'ThrottlingException'].map((name) =>
        go(name),
      ),
      conflict: [go('ConditionalCheckFailedException')],
      transient: [go('TransactionConflictException'), go('InternalServerError', 500)],
      permanent: [go('ValidationException'), go('ResourceNotFoundException')],
    },
  },
  {
    client: 'AWS SDK for Java 2',
    source: 'aws/aws-toolkit-jetbrains, issue 464: a service exception without its code',
    errors: {
      throttled: [
        [
          'software.amazon.awssdk.services.ecs.model.EcsException',
          'Rate exceeded (Service: Ecs, Status Code: 400, Request ID: X)',
        ],
        [
          'software.amazon.awssdk.services.s3.model.S3Exception',
          'Please reduce your request rate. (Service: S3, Status Code: 503, Request ID: X)',
        ],
      ],
      permanent: [
        [
          'software.amazon.awssdk.services.ecs.model.EcsException',
          'The rate exceeded field is invalid (Service: Ecs, Status Code: 400, Request ID: X)',
        ],
      ],
    },
  },
  {
    client: 'gRPC of .NET and Go',
    source: 'grpc.io/docs/guides/status-codes',
    errors: {
      transient: ['Unavailable', 'DeadlineExceeded', 'Internal', 'Cancelled', 'Canceled'].flatMap((name) => [
        grpcNet(name),
        grpcGo(name),
      ]),
      throttled: [grpcNet('ResourceExhausted'), grpcGo('ResourceExhausted')],
      conflict: ['Aborted', 'AlreadyExists'].flatMap((name) => [grpcNet(name), grpcGo(name)]),
      permanent: [
        ...['PermissionDenied', 'InvalidArgument', 'NotFound', 'FailedPrecondition', 'OutOfRange', 'Unimplemented'],
        ...['Unauthenticated', 'DataLoss'],
      ].flatMap((name) => [grpcNet(name), grpcGo(name)]),
    },
  },
  {
    client: 'Azure Cosmos DB, .NET',
    source: 'Azure/azure-cosmos-dotnet-v3, CosmosException',
    errors: {
      throttled: [cosmos('TooManyRequests (429)')],
      transient: [cosmos('ServiceUnavailable (503)'), cosmos('RequestTimeout (408)')],
      conflict: [cosmos('PreconditionFailed (412)'), cosmos('Conflict (409)')],
      permanent: [cosmos('BadRequest (400)'), cosmos('NotFound (404)')],
    },
  },
  {
    client: 'redis-py',
    source: 'redis/redis-py, exceptions.py',
    errors: {
      transient: prefixed(
        'redis.exceptions.',
        'ConnectionError TimeoutError BusyLoadingError ClusterDownError MasterDownError TryAgainError ReadOnlyError',
      ),
      permanent: prefixed('redis.exceptions.', 'AuthenticationError NoScriptError NoPermissionError DataError'),
    },
  },
  {
    client: 'PyMongo',
    source: 'mongodb/mongo-python-driver, pymongo/errors.py',
    errors: {
      transient: [
        ...prefixed('pymongo.errors.', 'AutoReconnect ConnectionFailure NetworkTimeout NotPrimaryError'),
        ...prefixed(
          'pymongo.errors.',
          'ServerSelectionTimeoutError WaitQueueTimeoutError ExecutionTimeout WTimeoutError',
        ),
        ['pymongo.errors.AutoReconnect', 'connection pool paused'],
      ],
      conflict: ['pymongo.errors.DuplicateKeyError'],
      permanent: prefixed(
        'pymongo.errors.',
        'ConfigurationError InvalidName InvalidURI CollectionInvalid DocumentTooLarge',
      ),
    },
  },
  {
    client: 'MongoDB, Java',
    source: 'mongodb/mongo-java-driver, driver-core/src/main/com/mongodb',
    errors: {
      transient: prefixed(
        'com.mongodb.',
        `MongoNotPrimaryException MongoNodeIsRecoveringException MongoSocketException MongoSocketClosedException
        MongoSocketOpenException MongoSocketReadException MongoSocketReadTimeoutException MongoSocketWriteException
        MongoSocketWriteTimeoutException MongoConnectionPoolClearedException MongoServerUnavailableException
        MongoTimeoutException MongoStalePrimaryException MongoExecutionTimeoutException`,
      ),
      conflict: ['com.mongodb.DuplicateKeyException'],
      permanent: ['com.mongodb.MongoConfigurationException', 'com.mongodb.MongoIncompatibleDriverException'],
    },
  },
  {
    client: 'asyncpg',
    source: 'MagicStack/asyncpg, exceptions/__init__.py',
    errors: {
      transient: prefixed(
        'asyncpg.exceptions.',
        `PostgresConnectionError ConnectionDoesNotExistError ConnectionFailureError ClientCannotConnectError
        ConnectionRejectionError TransactionResolutionUnknownError SerializationError DeadlockDetectedError
        StatementCompletionUnknownError TooManyConnectionsError CannotConnectNowError AdminShutdownError
        CrashShutdownError QueryCanceledError LockNotAvailableError ReadOnlySQLTransactionError`,
      ),
      conflict: ['asyncpg.exceptions.UniqueViolationError', 'asyncpg.exceptions.ExclusionViolationError'],
      permanent: prefixed(
        'asyncpg.exceptions.',
        `NotNullViolationError ForeignKeyViolationError CheckViolationError PostgresSyntaxError UndefinedTableError
        UndefinedColumnError InvalidPasswordError InsufficientPrivilegeError InvalidTextRepresentationError
        FeatureNotSupportedError DatatypeMismatchError`,
      ),
    },
  },
  {
    client: 'Neo4j, Python',
    source: 'neo4j/neo4j-python-driver, src/neo4j/exceptions.py',
    errors: {
      transient: [
        ...prefixed(
          'neo4j.exceptions.',
          'SessionExpired ServiceUnavailable TransientError DatabaseUnavailable NotALeader',
        ),
        ...prefixed('neo4j.exceptions.', 'ForbiddenOnReadOnlyDatabase WriteServiceUnavailable IncompleteCommit'),
        ['neo4j.exceptions.SessionExpired', 'Failed to write data to connection'],
      ],
      permanent: prefixed(
        'neo4j.exceptions.',
        'CypherSyntaxError CypherTypeError ConstraintError AuthError TokenExpired',
      ),
    },
  },
  {
    client: 'Active Record, Ruby',
    source: 'rails/rails, activerecord/lib/active_record/errors.rb',
    errors: {
      transient: [
        ...prefixed('ActiveRecord::', 'ConnectionNotEstablished ConnectionTimeoutError TransactionRollbackError'),
        ...prefixed('ActiveRecord::', 'SerializationFailure Deadlocked LockWaitTimeout StatementTimeout QueryCanceled'),
        [
          'ActiveRecord::StatementInvalid',
          'PG::ConnectionBad: PQconsumeInput() server closed the connection unexpectedly',
        ],
        ['ActiveRecord::StatementInvalid', 'Mysql2::Error: Lost connection to MySQL server during query'],
      ],
      conflict: [
        'ActiveRecord::StaleObjectError',
        'ActiveRecord::RecordNotUnique',
        [
          'ActiveRecord::RecordNotUnique',
          'PG::UniqueViolation: ERROR:  duplicate key value violates unique constraint',
        ],
      ],
      permanent: [
        ...prefixed('ActiveRecord::', 'RecordNotFound RecordInvalid InvalidForeignKey ValueTooLong NoDatabaseError'),
        ...prefixed('ActiveRecord::', 'ReadOnlyRecord UnknownAttributeError StatementInvalid'),
        ['ActiveRecord::StatementInvalid', 'PG::UndefinedTable: ERROR:  relation "x" does not exist'],
      ],
    },
  },
  {
    client: 'Spring, Java',
    source: 'spring-projects/spring-framework, org.springframework.dao and .jdbc',
    errors: {
      transient: [
        ...prefixed('org.springframework.dao.', 'CannotAcquireLockException CannotSerializeTransactionException'),
        ...prefixed('org.springframework.dao.', 'ConcurrencyFailureException DataAccessResourceFailureException'),
        ...prefixed('org.springframework.dao.', 'DeadlockLoserDataAccessException PessimisticLockingFailureException'),
        ...prefixed('org.springframework.dao.', 'QueryTimeoutException RecoverableDataAccessException'),
        ...prefixed('org.springframework.dao.', 'TransientDataAccessResourceException'),
        ['org.springframework.jdbc.CannotGetJdbcConnectionException', 'Failed to obtain JDBC Connection'],
      ],
      conflict: prefixed('org.springframework.dao.', 'DuplicateKeyException OptimisticLockingFailureException'),
      permanent: prefixed(
        'org.springframework.dao.',
        `InvalidDataAccessApiUsageException InvalidDataAccessResourceUsageException PermissionDeniedDataAccessException
        NonTransientDataAccessException TypeMismatchDataAccessException DataIntegrityViolationException`,
      ),
    },
  },
  {
    client: 'circuit breakers and limiters',
    source: 'cockatiel, dist/errors; App-vNext/Polly, rejected executions; opossum; resilience4j',
    errors: {
      transient: [
        ...['BrokenCircuitError', 'IsolatedCircuitError', 'HydratingCircuitError', 'TaskCancelledError'],
        ...prefixed('Polly.', 'BrokenCircuitException IsolatedCircuitException TimeoutRejectedException'),
        'io.github.resilience4j.circuitbreaker.CallNotPermittedException',
        ['EOPENBREAKER', 'Breaker is open'],
      ],
      throttled: [
        ['BulkheadRejectedError', 'Bulkhead capacity exceeded'],
        [
          'RateLimiterRejectedException',
          'The operation could not be executed because it was rejected by the rate limiter.',
        ],
        'Polly.Bulkhead.BulkheadRejectedException',
        'io.github.resilience4j.ratelimiter.RequestNotPermitted',
      ],
    },
  },
  {
    client: 'MySQL, Go',
    source: 'go-sql-driver/mysql, errors.go',
    errors: {
      transient: [
        ['*mysql.MySQLError', 'invalid connection'],
        ['*errors.errorString', 'driver: bad connection'],
        ['*mysql.MySQLError', 'Error 1213 (40001): Deadlock found when trying to get lock'],
        ['*mysql.MySQLError', 'busy buffer'],
      ],
      conflict: [['*mysql.MySQLError', "Error 1062 (23000): Duplicate entry '1' for key 'PRIMARY'"]],
      permanent: [['*mysql.MySQLError', 'Error 1064 (42000): You have an error in your SQL syntax']],
    },
  },
  {
    client: 'TLS of Java and Python',
    source: 'OpenJDK, sun.security.ssl; CPython, Modules/_ssl.c',
    errors: {
      transient: [
        ['javax.net.ssl.SSLHandshakeException', 'Remote host terminated the handshake'],
        ['SSLError', '[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol (_ssl.c:1007)'],
      ],
      permanent: [
        ['javax.net.ssl.SSLHandshakeException', 'PKIX path building failed'],
        ['SSLCertVerificationError', '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed'],
      ],
    },
  },
];
