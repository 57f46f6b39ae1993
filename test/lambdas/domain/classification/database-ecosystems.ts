import { type Ecosystem, prefixed } from './ecosystem.ts';

const cosmos = (status: string): readonly [string, string] => [
  'Microsoft.Azure.Cosmos.CosmosException',
  `Response status code does not indicate success: ${status}; Substatus: 0; ActivityId: x`,
];

/** Clients of databases. */
export const DATABASES: readonly Ecosystem[] = [
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
];
