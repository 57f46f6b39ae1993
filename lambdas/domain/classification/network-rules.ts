import { allOf, anyOf, messageMatches, nameIn, nameMatches, type Rule, rule } from './rule.ts';

/** OpenSSL's certificate errors, as Node reports them. */
const CERTIFICATE =
  /^(?:CERT_|CRL_|UNABLE_TO_(?:GET|DECRYPT|DECODE|VERIFY)_|ERROR_IN_CERT_|ERROR_IN_CRL_|ERR_TLS_CERT_|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT_IN_CHAIN$|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_EXCEEDED$|HOSTNAME_MISMATCH$)/;

/** The two sides share no protocol, cipher or trust. */
const NO_AGREEMENT =
  /^ERR_SSL_\w*(?:VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS|HANDSHAKE_FAILURE|UNKNOWN_CA|CERTIFICATE|UNRECOGNIZED_NAME|NO_SHARED|NO_CIPHERS)/;
const NO_AGREEMENT_MESSAGE =
  /wrong version number|unsupported protocol|handshake failure|unknown ca|alert certificate/i;

const UNREACHABLE = nameIn(
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ERR_SOCKET_CLOSED_BEFORE_CONNECTION',
);

const CONNECTION_LOST = nameIn(
  'ECONNRESET',
  'EPIPE',
  'ENOTCONN',
  'ERR_NETWORK',
  'ERR_SOCKET_CLOSED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'UND_ERR_SOCKET',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'UND_ERR_INFO',
  'UND_ERR_SOCKS',
  'UND_ERR_PRX_TLS',
  'NetworkError',
  'NetworkingError',
  'SocketException',
  'ConnectException',
  'ConnectionError',
  'ConnectionRefusedError',
  'ConnectionResetError',
  'BrokenPipeError',
  'EndpointConnectionError',
  'UnknownHostException',
);

const NO_ANSWER = nameIn(
  'ETIMEDOUT',
  'ETIMEOUT',
  'ESOCKETTIMEDOUT',
  'ECONNABORTED',
  'ERR_CANCELED',
  'ABORT_ERR',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_ABORTED',
  'AbortError',
  'TimeoutError',
  'TimeoutException',
  'SocketTimeoutException',
  'HttpTimeoutException',
  'ReadTimeout',
  'ReadTimeoutError',
  'ReadTimeoutException',
  'ConnectTimeout',
  'ConnectTimeoutError',
  'ConnectTimeoutException',
);

const UNSENDABLE = nameIn(
  'ERR_INVALID_URL',
  'ERR_INVALID_CHAR',
  'ERR_INVALID_HTTP_TOKEN',
  'ERR_UNESCAPED_CHARACTERS',
  'ERR_HTTP_INVALID_HEADER_VALUE',
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
);

/** Errors of Node, undici, OpenSSL, and socket libraries of other languages. */
export const NETWORK_RULES: readonly Rule[] = [
  rule('tls-certificate', 'permanent', 'authentication', 'none', nameMatches(CERTIFICATE)),
  rule(
    'tls-no-agreement',
    'permanent',
    'external-dependency',
    'none',
    anyOf(nameMatches(NO_AGREEMENT), allOf(nameIn('EPROTO'), messageMatches(NO_AGREEMENT_MESSAGE))),
  ),
  rule('tls-broken', 'transient', 'external-dependency', 'unknown', nameMatches(/^(?:ERR_SSL_|EPROTO$)/)),
  rule('request-unsendable', 'permanent', 'data-integrity', 'none', UNSENDABLE),
  // Established connections report these codes too, if they break during a read or write.
  rule(
    'connection-lost-midway',
    'transient',
    'external-dependency',
    'unknown',
    UNREACHABLE,
    messageMatches(/^(?:read|write) /),
  ),
  rule('connection-never-made', 'transient', 'external-dependency', 'none', UNREACHABLE),
  rule(
    'name-not-resolved',
    'transient',
    'external-dependency',
    'none',
    nameIn('ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA'),
  ),
  rule(
    'connect-timeout',
    'transient',
    'timeout-or-deadlock',
    'none',
    nameIn('UND_ERR_CONNECT_TIMEOUT', 'ERR_SOCKET_CONNECTION_TIMEOUT', 'ERR_TLS_HANDSHAKE_TIMEOUT'),
  ),
  rule('connection-lost', 'transient', 'external-dependency', 'unknown', CONNECTION_LOST),
  rule('no-answer-in-time', 'transient', 'timeout-or-deadlock', 'unknown', NO_ANSWER),
  rule('http2-broken', 'transient', 'external-dependency', 'unknown', nameMatches(/^ERR_HTTP2_/)),
  rule(
    'answer-too-large',
    'permanent',
    'resource-exhaustion',
    'unknown',
    nameIn('UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_RES_EXCEEDED_MAX_SIZE', 'HPE_HEADER_OVERFLOW'),
  ),
  rule(
    'answer-unreadable',
    'transient',
    'external-dependency',
    'unknown',
    nameMatches(/^(?:HPE_|UND_ERR_HTTP_PARSER$|HTTPParserError$|UND_ERR_RES_CONTENT_LENGTH_MISMATCH$)/),
  ),
  rule(
    'out-of-handles',
    'transient',
    'resource-exhaustion',
    'unknown',
    nameIn('EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'),
  ),
];
