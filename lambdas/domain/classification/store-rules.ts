import {
  allOf,
  anyOf,
  type Condition,
  type Evidence,
  messageMatches,
  nameIn,
  nameMatches,
  numberOf,
  type Rule,
  rule,
  says,
} from './rule.ts';
import { listed } from './words.ts';

/**
 * A SQLSTATE: five characters with a digit, so that `ABORT` is none. One of digits only counts where the error comes
 * from a SQL database, because other systems have such numbers, too.
 */
function sqlstate(pattern: RegExp): Condition {
  const isState = ({ space }: Evidence, word: string) =>
    /^(?=.{0,4}\d)[0-9A-Z]{5}$/.test(word) && (space === 'sql' || /[A-Z]/.test(word));
  return (evidence) => evidence.words.some((word) => isState(evidence, word) && pattern.test(word));
}

/** Numbers of MySQL and SQL Server. Those of MongoDB and Kafka mean something else. */
function sqlNumber(...lists: readonly string[]): Condition {
  const known = nameIn(...lists);
  return (evidence) => evidence.space === 'sql' && known(evidence);
}

/** Oracle errors. Most drivers report the number in the message only, where it counts as a code. */
function oracle(...lists: readonly string[]): Condition {
  return nameIn(...lists.flatMap(listed).map((number) => `ORA-${number}`));
}

const DEADLOCK = anyOf(
  sqlstate(/^(?:40001|40P01)$/),
  sqlNumber('1213 1614 3960 3572 1689'), // In SQL Server, 1205 is a deadlock; in MySQL, a lock timeout
  nameIn('ER_LOCK_DEADLOCK ER_XA_RBDEADLOCK ER_LOCK_ABORTED ER_LOCK_NOWAIT WriteConflict P2034'),
  oracle('00060 08177 08176 04020 00104'),
  numberOf('mongo', '112 117 244 251 267 356'),
);

const TIMEOUT = anyOf(
  sqlstate(/^(?:55P03|57014|25P03|25P04|57P05|HYT00|HYT01)$/),
  sqlNumber('1205 3024 1222 -2 1613 1159 1161 1158 1160 1317 1907 1969 3058 1180 258'),
  nameIn('ER_LOCK_WAIT_TIMEOUT ER_QUERY_TIMEOUT ER_XA_RBTIMEOUT ER_NET_READ_INTERRUPTED ER_NET_WRITE_INTERRUPTED'),
  nameIn(
    'ER_QUERY_INTERRUPTED ER_STATEMENT_TIMEOUT ER_NET_READ_ERROR ER_NET_ERROR_ON_WRITE ER_CANT_LOCK',
    'ER_USER_LOCK_DEADLOCK',
  ),
  sqlNumber('1015'),
  oracle(
    '00051 00054 01013 02049 04021 04022 12170 30006 12535 12606 12609 03136 12608 01555 00057 04068 04061',
    '04065',
  ),
  nameIn('NJS-040 NJS-123 NJS-510 NJS-504 DPY-4024 DPI-1067 P1008 P2028 PROTOCOL_SEQUENCE_TIMEOUT'),
  numberOf('mongo', '24 46 50 64 202 262 46841'),
);

const EXHAUSTED = anyOf(
  oracle('00257 01000'),
  sqlstate(/^53[0-9A-Z]{3}$/),
  sqlNumber('1040 1203 1226 1037 1041 1206 1021 1135 1038 1114 1705 1637 1378 1129'),
  nameIn('ER_CON_COUNT_ERROR ER_TOO_MANY_USER_CONNECTIONS ER_USER_LIMIT_REACHED ER_OUTOFMEMORY ER_OUT_OF_RESOURCES'),
  nameIn('ER_LOCK_TABLE_FULL ER_DISK_FULL ER_CANT_CREATE_THREAD ER_OUT_OF_SORTMEMORY ER_RECORD_FILE_FULL'),
  nameIn('ER_TOO_MANY_CONCURRENT_TRXS ER_HOST_IS_BLOCKED SQLITE_FULL SQLITE_NOMEM P2024 P2037'),
  sqlNumber('701 8645 8651 802 1204 9002 1105 17900 10930 30053'),
  oracle(
    '00018 00020 04030 04031 12516 12518 12519 12520 12526 12528 02391 02393 00019 01652 01653 01654 27102',
    '12540 12549 24418',
  ),
  nameIn('NJS-076 MongoWaitQueueTimeoutError WaitQueueTimeoutError'),
  numberOf('mongo', '146 14031 39 208'),
  messageMatches(/^(?:OOM command|ERR max number of clients)/i), // Redis
);

const SQLSTATE_UNREACHABLE =
  /^(?:08[0-9A-Z]{3}|57000|57P0[1-3]|25006|40000|40003|55000|55006|58[0-9A-Z]{3}|HV00N|XX000|72000)$/;
const UNREACHABLE = anyOf(
  sqlstate(SQLSTATE_UNREACHABLE),
  sqlNumber(
    '2002 2003 2005 2006 2012 2013 2055 1053 1290 1836 1792 1077 1079 1152 1184 1043 1042 1081 1154 1156 1927',
    '3169 4031',
  ),
  nameIn(
    'ER_READ_ONLY_TRANSACTION ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION ER_INNODB_READ_ONLY ER_SERVER_SHUTDOWN',
    'ER_OPTION_PREVENTS_STATEMENT ER_READ_ONLY_MODE ER_NORMAL_SHUTDOWN ER_SHUTDOWN_COMPLETE',
  ),
  nameIn('ER_ABORTING_CONNECTION ER_NEW_ABORTING_CONNECTION ER_HANDSHAKE_ERROR ER_BAD_HOST_ERROR ER_IPSOCK_ERROR'),
  nameIn(
    'ER_CLIENT_INTERACTION_TIMEOUT ER_CONNECTION_KILLED ER_GET_ERRNO ER_ERROR_ON_READ ER_ERROR_ON_WRITE',
    'ER_SESSION_WAS_KILLED',
  ),
  nameMatches(/^(?:PROTOCOL_(?:CONNECTION_LOST|PACKETS_OUT_OF_ORDER|ENQUEUE_AFTER_(?:QUIT|FATAL_ERROR)))$/),
  nameMatches(
    /^CR_(?:SERVER_GONE_ERROR|SERVER_LOST|SERVER_LOST_EXTENDED|CONN_HOST_ERROR|CONNECTION_ERROR|IPSOCK_ERROR|UNKNOWN_HOST|SERVER_HANDSHAKE_ERR)$/,
  ),
  sqlNumber(
    '601 617 669 921 997 1221 1807 3966 8628 9515 10922 17197 20041 42029 49983',
    '40197 40613 40143 40540 40166 42108 42109 4060 4221 233 64 20 121 10053 10054 10060 10061 11001 17142',
    '17143 17187 18401 926 3935 983 976 978 904 6005 6001 596 35 53 40 26 2 615 40020 40544 45168 45169 3906',
    '9001 19 1231 17830 17883 3928 41301 41302 41305 41325 41839 14355',
  ),
  nameIn('ECONNCLOSED ENOTOPEN EINSTLOOKUP ENOCONN EABORT'),
  oracle(
    '00600 01109 01219 07445',
    '01033 01034 01089 01090 01092 03113 03114 03135 12514 12537 12541 12543 12545 12547 12570 12571 12505',
    '12521 12560 12152 12153 12157 12162 12203 12224 12500 12502 12523 12564 12583 12592 12637 25400 25401',
    '25402 25403 25404 25405 25407 25408 25409 25425 24756 16456 16000 01012 02396 00028 00031 03111 03106',
    '17002 17008 17410 01041 12801 29740 27101 00603 00604 28547 12569',
  ),
  nameIn(
    'NJS-500 NJS-501 NJS-503 NJS-506 NJS-511 NJS-515 NJS-521 NJS-003 DPY-4011 DPY-6005 DPY-6000 DPY-6001',
    'DPY-1001 DPI-1010 DPI-1080',
  ),
  // The codes that MongoDB's drivers retry, and others that name a change of the topology.
  numberOf(
    'mongo',
    '6 7 83 89 90 91 100 133 134 145 149 150 172 175 189 190 199 203 216 222 230 234 237 239 246 249 250 279',
    '317 358 384 391 9001 10058 10107 11600 11601 11602 13388 13435 13436 13297 43 63 74 70 94 107 109 141 209',
    '225 187 231',
  ),
  nameMatches(
    /^(?:Mongo)?(?:Network(?:Timeout)?|ServerSelection|PoolCleared|NotConnected|TopologyClosed|NotPrimary|PoolClosed|ServerClosed|PoolClearedOnNetwork|NotWritablePrimary|PrimarySteppedDown|InterruptedDueToReplStateChange|InterruptedAtShutdown|SystemOverloaded)Error$/,
  ),
  nameIn(
    'MongoTimeoutError MongooseServerSelectionError MongoExpiredSessionError MongoUnexpectedServerResponseError',
    'MongoStalePrimaryError MongoOperationTimeoutError',
  ),
  nameIn(
    'MaxRetriesPerRequestError SocketClosedUnexpectedlyError ClusterAllFailedError ConnectionTimeoutError',
    'SocketTimeoutError ClientClosedError ClientOfflineError DisconnectsClientError RootNodesUnavailableError',
    'ReconnectStrategyError',
  ),
  nameIn('P1001 P1002 P1017 P5011 P6004 P6008 P5006 P5008 P5009'),
  nameMatches(/^SQLITE_(?:BUSY|LOCKED|PROTOCOL|IOERR|INTERRUPT|ABORT|SCHEMA|CANTOPEN)(?:_[A-Z]+)*$/),
  nameIn('NoHostAvailableError NoHostAvailable NoHostAvailableException BusyConnectionError OperationTimedOutError'),
  nameIn(
    'WriteTimeout ReadTimeout ReadFailure WriteFailure UnavailableException Unavailable IS_BOOTSTRAPPING',
    'UNPREPARED writeTimeout readTimeout TRUNCATE_ERROR',
  ),
);

/** Redis reports temporary unavailability by a first word in capitals. `Moved` means something else. */
const REDIS_UNREADY =
  /^(?:LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|NOREPLICAS|READONLY|UNBLOCKED|MISCONF|MOVED|ASK|INPROG|NOTBUSY|NOGOODSLAVE|IOERR|STALE|NOMASTERLINK|NOQUORUM|NOTREADY) /;

const DUPLICATE = anyOf(
  // The class of all violated constraints. PDO and JDBC say only in the message which one.
  allOf(sqlstate(/^23000$/), says(/duplicate entry/, /duplicate key/, /unique constraint/)),
  sqlstate(/^(?:23505|40002|42710|42P04|42P07|23P01)$/),
  sqlNumber('1062 1586 1169 1022 2601 2627 1859'),
  nameIn(
    'ER_DUP_ENTRY ER_DUP_ENTRY_WITH_KEY_NAME ER_DUP_UNIQUE ER_DUP_KEY P2002 SQLITE_CONSTRAINT_UNIQUE',
    'SQLITE_CONSTRAINT_PRIMARYKEY',
  ),
  oracle('00001 00955'),
  numberOf('mongo', '11000 11001 12582 68 48 85 86 213'),
  messageMatches(/\bE11000\b|^BUSYKEY /i),
);

const LOGIN = anyOf(
  sqlstate(/^(?:28[0-9A-Z]{3}|42501|0P000|0L000)$/),
  sqlNumber(
    '1044 1045 1142 1143 1227 1251 1370 1410 1698 1820 1862 3118 18456 18452 18470 18486 18487 18488 229 230',
    '297 300 916 40532 40615 4064 40914 1524',
  ),
  nameIn(
    'ER_DBACCESS_DENIED_ERROR ER_ACCESS_DENIED_ERROR ER_TABLEACCESS_DENIED_ERROR ER_COLUMNACCESS_DENIED_ERROR',
    'ELOGIN',
  ),
  nameIn(
    'ER_SPECIFIC_ACCESS_DENIED_ERROR ER_NOT_SUPPORTED_AUTH_MODE ER_ACCESS_DENIED_NO_PASSWORD_ERROR',
    'ER_ACCOUNT_HAS_BEEN_LOCKED ER_MUST_CHANGE_PASSWORD ER_HOST_NOT_PRIVILEGED ER_PROCACCESS_DENIED_ERROR',
  ),
  sqlNumber('1130'),
  oracle('01005 01017 01031 01035 01045 28000 28001 28002 28003 28009 28040 28273 28759 28860 01918 01039'),
  nameIn('NJS-116 P1000 P1010 SQLITE_AUTH SQLITE_PERM MongoMissingCredentialsError BAD_CREDENTIALS'),
  numberOf('mongo', '11 13 18 31 33 140 214 8000 334'),
  messageMatches(/^(?:NOAUTH|WRONGPASS|NOPERM|DENIED) /),
);

/** MySQL names a refused statement by what is wrong with it. */
const MYSQL_REFUSED = nameMatches(
  new RegExp(
    `^ER_(?:${listed(`
      BAD NO_SUCH NO WRONG PARSE DATA TRUNCATED WARN_DATA ROW_IS CANNOT FIELD NON DUP_FIELDNAME
      UNKNOWN INVALID TOO_LONG TABLE_EXISTS SYNTAX SP CHECK CONSTRAINT SUBQUERY VIEW KEY TABLE
      DB EMPTY ILLEGAL FK GENERATED JSON OPERAND NOT_SUPPORTED NULL INCORRECT UNSUPPORTED REGEXP
      PRIMARY DIVISION TOO_BIG MIX NET_PACKET_TOO_LARGE DERIVED CUT EXPRESSION AMBIGUOUS
      REFERENCED CHILD DROP CANT_DROP CREATE OUT_OF_RANGE SIGNAL CRASHED LOCK_OR
    `).join('|')})`,
  ),
);

const UNFIT = anyOf(
  sqlstate(/^(?:0[A-Z1-79]|57P04|2[0-9A-Z]|3[48BDF]|39|42|44|54|55P0[24]|F0|HV|P0|XX)/),
  MYSQL_REFUSED,
  sqlNumber(
    '1005 1006 1007 1008 1046 1048 1049 1050 1051 1052 1054 1055 1056 1058 1059 1060 1061 1063 1064 1065 1066',
    '1067 1068 1069 1070 1071 1072 1074 1075 1091 1093 1099 1101 1103 1109 1110 1111 1113 1115 1116 1118 1136',
    '1138 1140 1146 1149 1153 1162 1164 1166 1170 1171 1172 1173 1176 1193 1210 1216 1217 1231 1232 1235 1241',
    '1242 1264 1265 1267 1273 1292 1300 1303 1304 1305 1318 1327 1351 1364 1365 1366 1386 1390 1406 1411 1416',
    '1418 1425 1426 1438 1451 1452 1553 1557 1582 1630 1644 1690 1701 1824 1826 3105 3140 3141 3143 3819 3820',
    '4025',
  ),
  sqlNumber(
    '102 105 109 110 111 120 137 156 170 201 206 207 208 209 213 214 220 241 242 243 244 245 248 257 259 266',
    '273 295 334 335 350 402 409 411 468 512 515 529 530 544 547 550 911 1088 1505 1750 1753 1767 1776 1778',
    '1785 1801 1913 1934 2020 2628 2714 2705 2715 2760 2812 3621 3701 3726 4104 4121 4145 4406 4701 4712 4864',
    '4902 4922 4924 5011 5074 5701 6401 7202 7314 8101 8102 8106 8111 8114 8115 8116 8117 8120 8134 8143 8144',
    '8145 8146 8152 8170 8178 8623 9803 9420 10629 11533 13609 15151 15247 16916 16950 33020 49916',
  ),
  nameIn(
    'EARGS EINJECT EPARAMETER ENOTBEGUN EDEPRECATED EALREADYCONNECTED EALREADYCONNECTING EDRIVER EJSON',
    'ENCRYPTION EINVALIDSTATE EALREADYPREPARED ENOTPREPARED EALREADYBEGUN ETRANSACTION',
  ),
  nameMatches(/^ORA-0(?:0[79]\d\d|1[4-9]\d\d|14\d\d|13\d\d|2[0-4]\d\d|6\d\d\d|08\d\d)$/),
  oracle(
    '12154 24338 01722 01438 01401 01400 12899 01747 01756 01789 01790 01821 01830 01841 01843 01847 01858',
    '01861 00942 00904 00903 00907 00911 00923 00932 00936 00933 00979 02290 02291 02292 02449 04043 04044',
    '04063 04091 04092 06502 06512 06550 01403 01422 20000 20001 01476 01427 12704 22835 22858 30926 32795',
    '40441 01426 01436 01407 00972 00918 00937 01461 12838',
  ),
  nameMatches(/^(?:NJS-0(?:0[4-9]|1\d|2\d|3\d|4[4-9]|5\d)|NJS-\d{3}|DPY-[23]\d{3})$/),
  numberOf(
    'mongo',
    '2 3 4 5 9 10 12 14 15 16 17 20 21 22 23 25 26 27 28 29 30 40 47 51 52 53 54 55 56 57 59 60 61 66 67 72 73',
    '76 78 87 93 96 97 98 101 115 116 118 121 123 124 136 151 159 160 165 166 167 168 169 170 171 181 182 183',
    '197 201 206 207 211 217 223 224 227 232 233 238 240 241 242 247 252 258 259 263 265 266 276 282 284 285',
    '286 289 291 303 304 305 306 307 308 310 313 314 319 323 331 332 357 361 377 5107200 5107201 10003 10334',
    '15955 15959 16755 16872 16389 17280 17287 17419 17280 28667 31249 31253 31254 40081 40234 40238 40352',
    '40414 40415 50687 51003 51024 51075 51091 51103',
  ),
  nameMatches(
    /^Mongo(?:InvalidArgument|Parse|Compatibility|Decompression|API|MissingDependency|GridFSStream|Transaction|URI|DBCollectionNamespace|Cursor(?:Exhausted|InUse))Error$/,
  ),
  nameMatches(
    /^SQLITE_(?:ERROR|CONSTRAINT|MISMATCH|MISUSE|RANGE|READONLY|TOOBIG|NOTADB|CORRUPT|INTERNAL|NOTFOUND|FORMAT|NOLFS)(?:_[A-Z]+)*$/,
  ),
  nameMatches(/^P[1-6]\d{3}$/),
  messageMatches(
    /^(?:WRONGTYPE|NOSCRIPT|CROSSSLOT|EXECABORT|UNKILLABLE|BUSYGROUP|NOGROUP|NOPROTO) |^ERR (?!max number)/,
  ),
  nameMatches(/^(?:SYNTAX_ERROR|INVALID_QUERY|CONFIG_ERROR)$/),
);

/** Errors of SQL databases, MongoDB, Redis, SQLite, Cassandra and Prisma, by code or by the start of the message. */
export const STORE_RULES: readonly Rule[] = [
  // In both systems the transaction was rolled back.
  rule('store-deadlock', 'transient', 'timeout-or-deadlock', 'unknown', DEADLOCK),
  rule('store-timeout', 'transient', 'timeout-or-deadlock', 'unknown', TIMEOUT),
  rule(
    'store-busy',
    'throttled',
    'resource-exhaustion',
    'unknown',
    anyOf(sqlNumber('40501 10928 10929 10936 49918 49919 49920 40550 40551 40552 40553'), numberOf('mongo', '462 205')),
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
