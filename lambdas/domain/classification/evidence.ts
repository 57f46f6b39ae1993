import type { ErrorLayer } from './error-layer.ts';
import { plainText, readMessage } from './message.ts';
import { forbidsRetry, isQuotaSpent, requestedWaitMs } from './retry-after.ts';
import type { Evidence, NumberSpace } from './rule.ts';
import { familyOf, withoutNamespace } from './words.ts';

/** The circumstances of an error that rules need. */
export interface Circumstances {
  readonly refreshable: boolean;
  readonly attempts: number;
  /**
   * Somebody else made the call. Its client may have followed a redirect to another host, and nobody knows.
   * @default false: Backstop itself made the one call
   */
  readonly isReported?: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
}

const MAX_NAME_LENGTH = 256;
/** Assigned HTTP statuses only. SQL Server also has three-digit error numbers. */
const STATUS_CODE = /^(?:30\d|4[0-2]\d|431|449|451|50\d|51[01]|52\d|530)$/;
/** Names by which Step Functions reports the status of an HTTP task, and of a task that calls API Gateway. */
const STATUS_NAME = /^(?:States\.Http\.StatusCode|ApiGateway)\.(\d{3})$/;

/** Names that say that a number is an HTTP status. */
const HTTP_NAME = /http|axios|fetch|undici|superagent|status-?code/i;

/** What one error of a chain says by itself. */
export function evidenceOf(layer: ErrorLayer, { refreshable, attempts, now }: Circumstances): Evidence {
  const name = layer.name.slice(0, MAX_NAME_LENGTH);
  const { text: message, words: quotedNames } = readMessage(layer.message);
  const code = layer.code.slice(0, MAX_NAME_LENGTH);
  const space = spaceOf(layer, name, code, message);
  const status = layer.status === undefined ? statusInName(name, code, space) : errorStatus(layer.status);
  const isStatusSure = layer.status !== undefined || STATUS_NAME.test(name) || HTTP_NAME.test(name);
  const waitMs = requestedWaitMs(layer.headers, now);
  return {
    status,
    isStatusSure,
    name,
    code,
    ...wordsOf([name, code, ...layer.aliases.map((word) => word.slice(0, MAX_NAME_LENGTH))]),
    message,
    plainMessage: plainText(message),
    quotedNames,
    space,
    ...phaseOf(layer, code, message),
    waitMs,
    quotaSpent: isQuotaSpent(layer.headers),
    forbidsRetry: forbidsRetry(layer.headers),
    retryable: layer.retryable,
    untried: attempts < 1,
    refreshable,
  };
}

/** Words, each with and without its namespace, and their families. */
export function wordsOf(reported: readonly string[]): Pick<Evidence, 'words' | 'families'> {
  const words = [...new Set(reported.flatMap((word) => [word, withoutNamespace(word)]))].filter(Boolean);
  const named = reported.filter((word) => /[A-Za-z]/.test(word));
  return { words, families: [...new Set(named.map(familyOf))] };
}

/**
 * The evidence without the error's name, which may come from behind the dependency, nor a code that may be a status.
 */
export function withoutName({ status, ...evidence }: Evidence): Evidence {
  const sure = evidence.isStatusSure && status !== undefined ? { status } : {};
  return { ...evidence, ...sure, name: '', ...wordsOf([evidence.code]) };
}

function errorStatus(status: number | undefined): number | undefined {
  return status !== undefined && status >= 300 && status <= 999 ? status : undefined;
}

function statusInName(name: string, code: string, space: NumberSpace | undefined): number | undefined {
  const bare = withoutNamespace(name);
  const mayBeStatus = NAMELESS.test(bare) ? space === 'sql' : space === undefined && !OTHER_NUMBERS.test(bare);
  const text = STATUS_NAME.exec(name)?.[1] ?? (mayBeStatus ? STATUS_CODE.exec(code)?.[0] : undefined);
  return errorStatus(text === undefined ? undefined : Number(text));
}

const SPACES: readonly (readonly [NumberSpace, RegExp])[] = [
  ['mongo', /^Mongo/],
  ['kafka', /kafka|^BrokerError/i],
  ['smtp', /^(?:smtp|s?ftp)/i],
  ['grpc', /grpc|^StatusRuntimeException|^RpcError|^GoogleError|^ConnectError$/i],
];
/** Codes of Node's mail client. */
const MAIL_CODE = /^(?:EENVELOPE|EMESSAGE|EAUTH|ESTREAM|EPROTOCOL|ESENDMAIL)$/;
const MAIL_REPLY = /\b[245]\d\d[ -][245]\.\d{1,3}\.\d{1,3}\b/;

/** Drivers of SQL databases give these names, or none. A client of another system has a name of its own. */
const SQL_NAME =
  /sql|maria|oracle|tds|jdbc|pdo|odbc|postgres|sequelize|knex|typeorm|^(?:database|query|operation|integrity|programming|interface|data|notsupported|internal|request|connection|transaction|preparedstatement|db)/i;

const NAMELESS = /^(?:error|exception)?$/i;
/** Other systems with three-digit numbers. */
const OTHER_NUMBERS = /amqp|rabbit|channel|mqtt|ldap|smpp|^sip/i;

/** Numbers mean something only together with the system that they belong to. */
function spaceOf(layer: ErrorLayer, name: string, code: string, message: string): NumberSpace | undefined {
  const named = SPACES.find(([, pattern]) => pattern.test(name))?.[0];
  if (named) return named;
  if (layer.isSmtp || MAIL_CODE.test(code) || MAIL_REPLY.test(message)) return 'smtp';
  const isSaid = /^\d{1,2}$/.test(code) && new RegExp(`^${code} [A-Z_]{5,20}: `).test(message);
  if (layer.isGrpc || isSaid) return 'grpc';
  const bare = withoutNamespace(name);
  return NAMELESS.test(bare) || SQL_NAME.test(bare) ? 'sql' : undefined;
}

/** Clients quote the failed system call like this. node-fetch puts the URL before it. */
const CONNECTING = /^(?:request to \S{1,2000} failed, reason: )?(?:connect|getaddrinfo|query[A-Z]\w{0,15}) (E[A-Z]+)\b/;
const ESTABLISHED = /\b(?:read|write|writev|recv|send|sendmsg|recvmsg|shutdown)(?: tcp\b[^:]{0,100}:)? ?:? ?E[A-Z]{3,}/;
/** Node's TLS client. The request goes out only after the handshake. */
const BEFORE_TLS =
  /^(?:request to \S{1,2000} failed, reason: )?Client network socket disconnected before secure TLS connection was established$/;
const CONNECT_CALL = /^(?:connect|getaddrinfo|query[A-Z]\w{0,15})$/;

/** Which phase the system call that failed belongs to. In doubt neither. */
function phaseOf({ syscall }: ErrorLayer, code: string, message: string): Pick<Evidence, 'phase'> {
  if (/^(?:read|write|writev|recv|send|shutdown)/.test(syscall) || ESTABLISHED.test(message))
    return { phase: 'established' };
  if (code === 'ECONNRESET' && BEFORE_TLS.test(message)) return { phase: 'connecting' };
  if (CONNECT_CALL.test(syscall) || CONNECTING.exec(message)?.[1] === code) return { phase: 'connecting' };
  return {};
}
