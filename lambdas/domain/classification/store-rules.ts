import { anyOf, type Condition, messageMatches, nameIn, nameMatches, type Rule, rule } from './rule.ts';

/** MongoDB error numbers. Some equal gRPC statuses, so they count only with a MongoDB error name. */
function mongo(...codes: readonly number[]): Condition {
  const known = new Set(codes.map(String));
  return ({ name, code }) => name.startsWith('Mongo') && known.has(code);
}

/** Oracle errors. Most drivers report the number in the message only. */
function oracle(...numbers: readonly string[]): Condition {
  const known = new Set(numbers);
  return ({ code, message }) => known.has(/\bORA-(\d{5})\b/.exec(`${code} ${message}`)?.[1] ?? '');
}

const DEADLOCK = anyOf(
  nameIn('40001', '40P01'), // PostgreSQL
  nameIn('1213', 'ER_LOCK_DEADLOCK', '1614', 'ER_XA_RBDEADLOCK'), // MySQL
  nameIn('3960'), // In SQL Server, 1205 is a deadlock; in MySQL, a lock timeout
  oracle('00060', '08177'),
  nameIn('WriteConflict'),
  mongo(112),
);

const TIMEOUT = anyOf(
  nameIn('55P03', '57014', '25P03', '25P04'),
  nameIn('1205', 'ER_LOCK_WAIT_TIMEOUT', '3024', 'ER_QUERY_TIMEOUT', '3572', 'ER_LOCK_NOWAIT'),
  nameIn('1222', '-2'),
  oracle('00054', '01013', '02049', '04021', '12170', '30006'),
  mongo(24, 50, 262),
);

const EXHAUSTED = anyOf(
  nameMatches(/^53[0-9A-Z]{3}$/),
  nameIn('1040', 'ER_CON_COUNT_ERROR', '1203', 'ER_TOO_MANY_USER_CONNECTIONS', '1226', 'ER_USER_LIMIT_REACHED'),
  nameIn('1037', 'ER_OUTOFMEMORY', '1041', 'ER_OUT_OF_RESOURCES', '1206', 'ER_LOCK_TABLE_FULL'),
  nameIn('701', '8645'),
  oracle('00018', '00020', '04030', '04031', '12516', '12519', '12520'),
  nameIn('MongoWaitQueueTimeoutError'),
  messageMatches(/^(?:OOM command|ERR max number of clients)/i), // Redis
);

const UNREACHABLE = anyOf(
  nameMatches(/^08[0-9A-Z]{3}$/),
  nameIn('57P01', '57P02', '57P03', '25006'),
  nameIn('2002', '2003', '2006', '2013', 'PROTOCOL_CONNECTION_LOST', '1053', 'ER_SERVER_SHUTDOWN'),
  nameIn('1290', 'ER_OPTION_PREVENTS_STATEMENT'),
  nameIn('40197', '40613', '40143', '40540', '42108', '42109', '4060', '4221', 'ESOCKET', 'ECONNCLOSED'),
  oracle('01033', '01034', '01089', '03113', '03114', '03135', '12514', '12537', '12541', '12543'),
  // The codes that MongoDB's drivers retry.
  mongo(6, 7, 89, 91, 189, 9001, 10107, 11600, 11602, 13435, 13436),
  nameMatches(/^Mongo(?:Network(?:Timeout)?|ServerSelection|Timeout|PoolCleared|NotConnected|TopologyClosed)Error$/),
  nameIn('MaxRetriesPerRequestError', 'SocketClosedUnexpectedlyError'),
);

/** Redis reports temporary unavailability by a first word in capitals. `Moved` means something else. */
const REDIS_UNREADY =
  /^(?:LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|NOREPLICAS|READONLY|UNBLOCKED|MISCONF|MOVED|ASK) /;

const DUPLICATE = anyOf(
  nameIn('23505', '1062', 'ER_DUP_ENTRY', '2601', '2627'),
  oracle('00001'),
  mongo(11000, 11001),
  messageMatches(/\bE11000\b/i),
);

const LOGIN = anyOf(
  nameMatches(/^28[0-9A-Z]{3}$/),
  nameIn('42501', '1044', 'ER_DBACCESS_DENIED_ERROR', '1045', 'ER_ACCESS_DENIED_ERROR', '18456', 'ELOGIN'),
  oracle('01017', '01031', '28000'),
  mongo(13, 18),
  messageMatches(/^(?:NOAUTH|WRONGPASS|NOPERM) /),
);

const UNFIT = anyOf(
  nameMatches(/^(?:0A|22|23|42|44)[0-9A-Z]{3}$/),
  nameIn(
    '1048',
    'ER_BAD_NULL_ERROR',
    '1054',
    'ER_BAD_FIELD_ERROR',
    '1064',
    'ER_PARSE_ERROR',
    '1146',
    'ER_NO_SUCH_TABLE',
  ),
  nameIn('1406', 'ER_DATA_TOO_LONG', '1451', 'ER_ROW_IS_REFERENCED_2', '1452', 'ER_NO_REFERENCED_ROW_2'),
  nameIn('515', '547', '2628', '8152'),
  oracle('00942', '01400', '01438', '02290', '02291', '02292', '12899'),
  mongo(2, 9, 14, 121),
  messageMatches(/^(?:WRONGTYPE|NOSCRIPT|CROSSSLOT|EXECABORT) /),
);

/** Errors of PostgreSQL, MySQL, SQL Server, Oracle, MongoDB and Redis, by code or by the start of the message. */
export const STORE_RULES: readonly Rule[] = [
  rule('store-deadlock', 'transient', 'timeout-or-deadlock', 'unknown', DEADLOCK),
  rule('store-timeout', 'transient', 'timeout-or-deadlock', 'unknown', TIMEOUT),
  rule(
    'store-busy',
    'throttled',
    'resource-exhaustion',
    'unknown',
    nameIn('40501', '10928', '10929', '49918', '49919', '49920'),
  ),
  rule('store-exhausted', 'transient', 'resource-exhaustion', 'unknown', EXHAUSTED),
  rule('store-unreachable', 'transient', 'external-dependency', 'unknown', UNREACHABLE),
  rule('store-unready', 'transient', 'external-dependency', 'unknown', messageMatches(REDIS_UNREADY)),
  // A conflict, not a permanent error: the duplicate may stem from the first attempt. Comparing the current state shows
  // it.
  rule('store-duplicate', 'conflict', 'data-integrity', 'unknown', DUPLICATE),
  rule('store-login', 'permanent', 'authentication', 'unknown', LOGIN),
  rule('store-unfit-request', 'permanent', 'data-integrity', 'unknown', UNFIT),
];
