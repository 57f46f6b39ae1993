import {
  allOf,
  anyOf,
  type Condition,
  codeIn,
  messageMatches,
  nameIn,
  nameMatches,
  not,
  type Rule,
  rule,
} from './rule.ts';

/** OpenSSL's certificate errors, as Node reports them. */
const CERTIFICATE =
  /^(?:CERT_|CRL_|UNABLE_TO_(?:GET|DECRYPT|DECODE|VERIFY)_|ERROR_IN_CERT_|ERROR_IN_CRL_|ERR_TLS_CERT_|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT_IN_CHAIN$|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_EXCEEDED$|HOSTNAME_MISMATCH$|SSLCertVerificationError$|CertificateError$|cURL error (?:51|58|60|77)$|SSLHandshakeException$|SSLPeerUnverifiedException$)/;

/** The two sides share no protocol, cipher or trust. */
const NO_AGREEMENT =
  /^ERR_SSL_\w*(?:VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS|HANDSHAKE_FAILURE|UNKNOWN_CA|CERTIFICATE|UNRECOGNIZED_NAME|NO_SHARED|NO_CIPHERS|HTTP_REQUEST)/;
const NO_AGREEMENT_MESSAGE =
  /wrong version number|unsupported protocol|handshake failure|unknown ca|alert certificate/i;

/** Codes that prove by themselves that no connection was made: no other phase reports them. */
const NEVER_CONNECTED = codeIn('ECONNREFUSED ERR_SOCKET_CLOSED_BEFORE_CONNECTION');
const UNRESOLVED = codeIn('ENOTFOUND EAI_AGAIN EAI_FAIL EAI_NODATA EAI_NONAME EAI_MEMORY ESERVFAIL EREFUSED ENONAME');
const CONNECT_TIMED_OUT = codeIn('UND_ERR_CONNECT_TIMEOUT ERR_SOCKET_CONNECTION_TIMEOUT ERR_TLS_HANDSHAKE_TIMEOUT');
const CONNECTING: Condition = ({ phase }) => phase === 'connecting';
const ESTABLISHED: Condition = ({ phase }) => phase === 'established';

const UNREACHABLE = nameIn('ECONNREFUSED EHOSTUNREACH ENETUNREACH EHOSTDOWN ENETDOWN EADDRNOTAVAIL ENONET');
const SYSTEM_CODE = nameMatches(/^E[A-Z]{3,}$/);

const NAME_LOOKUP = nameIn(
  'ENOTFOUND EAI_AGAIN EAI_FAIL EAI_NODATA EAI_NONAME EAI_MEMORY EAI_SYSTEM ENODATA ESERVFAIL EREFUSED',
  'ENONAME EBADRESP',
  'EFORMERR EDESTRUCTION gaierror UnknownHostException NameResolutionError NewConnectionError HostNotFound',
  'NXDOMAIN DNSException',
);

const CONNECTION_LOST = nameIn(
  'ECONNRESET EPIPE ENOTCONN ENETRESET ESHUTDOWN ECONNCLOSED ESOCKET EHOSTUNREACH ENETUNREACH EHOSTDOWN ENETDOWN',
  'EADDRNOTAVAIL ECONNREFUSED EISCONN EALREADY EINPROGRESS ERR_PROXY_TUNNEL ERR_IPC_CHANNEL_CLOSED ERR_NETWORK ERR_SOCKET_CLOSED',
  'ERR_STREAM_PREMATURE_CLOSE ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END ERR_SOCKET_CLOSED_BEFORE_CONNECTION ERR_NETWORK_CHANGED ERR_INTERNET_DISCONNECTED',
  'UND_ERR_SOCKET UND_ERR_CLOSED UND_ERR_DESTROYED UND_ERR_INFO UND_ERR_SOCKS UND_ERR_PRX_TLS UND_ERR_REQ_RETRY',
  'UND_ERR_RESPONSE UND_ERR_RESPONSE_STATUS_CODE UND_ERR_WS_CLOSED UND_ERR_MAX_ORIGINS_REACHED',
  'ConnectionRefusedError',
  'IncompleteReadError ResponseStreamingError ConnectionResetError ConnectionAbortedError BrokenPipeError EndpointConnectionError ConnectionClosedError',
  'RemoteDisconnected IncompleteRead ChunkedEncodingError NoHttpResponseException ServerDisconnectedError',
  'ClientConnectorError ClientOSError ServerConnectionError ConnectionReset ConnectionRefused ConnectionAborted',
  'ConnectionClosedException NoRouteToHostException PortUnreachableException HttpHostConnectException',
  'EOFError EOFException',
  'ClosedChannelException ConnectionPoolTimeoutException PrematureCloseException RemoteProtocolError',
  'ReadError WriteError',
  'NetworkError NetworkingError ConnectError CloseError NoRouteToHost NetworkUnreachable UnexpectedEof',
  'Errno::ECONNRESET',
);
const CURL_LOST = nameMatches(/^curl error (?:5|6|7|16|18|35|52|55|56|92|95)$/i);

const NO_ANSWER = nameIn(
  'ETIMEDOUT ETIMEOUT ESOCKETTIMEDOUT ECONNABORTED UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT',
  'ERR_HTTP_REQUEST_TIMEOUT ETIME TimeoutError TimeoutException SocketTimeoutException HttpTimeoutException',
  'ReadTimeout',
  'ReadTimeoutError ReadTimeoutException ConnectTimeout ConnectTimeoutError ConnectTimeoutException',
);
/** A caller's own signal, not a failure of the dependency. It says nothing about the effect. */
const CANCELLED_BY_CALLER = nameIn(
  'AbortError ABORT_ERR ERR_CANCELED UND_ERR_ABORT UND_ERR_ABORTED APIUserAbortError CanceledError',
  'CancelError CancelledError Cancelled Canceled ECANCEL ECANCELLED ECANCELED',
  'OperationCanceledException OperationCancelledError TaskCancelledError AbortedError ERR_ABORTED CancellationException',
);

const UNSENDABLE = nameIn(
  'ERR_INVALID_URL ERR_INVALID_CHAR ERR_INVALID_HTTP_TOKEN ERR_UNESCAPED_CHARACTERS',
  'ERR_HTTP_INVALID_HEADER_VALUE',
  'UND_ERR_INVALID_ARG UND_ERR_NOT_SUPPORTED',
  'ERR_INVALID_PROTOCOL ERR_UNSUPPORTED_PROTOCOL ERR_BAD_OPTION ERR_BAD_OPTION_VALUE',
  'EBADNAME',
  'MissingSchema InvalidSchema InvalidURL MalformedURLException URISyntaxException UnsupportedProtocol',
  'LocationParseError',
  'ERR_INVALID_ADDRESS ERR_SOCKET_BAD_PORT ERR_INVALID_IP_ADDRESS ERR_NOT_SUPPORT ERR_DEPRECATED',
  'UND_ERR_INVALID_ARGUMENT',
);

/** Mistakes that a client finds while the request goes out, or when the answer comes. */
const MISUSED = nameIn('ERR_HTTP_HEADERS_SENT UND_ERR_INVALID_RETURN_VALUE UND_ERR_REQ_CONTENT_LENGTH_MISMATCH');

/** Errors of Node, undici, OpenSSL, libcurl, and socket libraries of other languages. */
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
  rule(
    'request-unsendable',
    'permanent',
    'data-integrity',
    'none',
    anyOf(UNSENDABLE, nameMatches(/^curl error [13]$/i)),
  ),
  // Established connections report these codes too, if they break during a read or write.
  rule('connection-lost-midway', 'transient', 'external-dependency', 'unknown', UNREACHABLE, ESTABLISHED),
  rule(
    'name-not-resolved',
    'transient',
    'external-dependency',
    'none',
    anyOf(UNRESOLVED, allOf(NAME_LOOKUP, CONNECTING)),
    not(ESTABLISHED),
  ),
  rule(
    'connect-timeout',
    'transient',
    'timeout-or-deadlock',
    'none',
    anyOf(CONNECT_TIMED_OUT, allOf(codeIn('ETIMEDOUT ETIMEOUT'), CONNECTING)),
  ),
  rule(
    'connection-never-made',
    'transient',
    'external-dependency',
    'none',
    anyOf(NEVER_CONNECTED, allOf(SYSTEM_CODE, anyOf(UNREACHABLE, nameIn('ECONNRESET')), CONNECTING)),
  ),
  rule('name-lookup-failed', 'transient', 'external-dependency', 'unknown', NAME_LOOKUP),
  rule('connection-lost', 'transient', 'external-dependency', 'unknown', anyOf(CONNECTION_LOST, CURL_LOST)),
  rule('call-cancelled', 'transient', 'timeout-or-deadlock', 'unknown', CANCELLED_BY_CALLER),
  rule(
    'no-answer-in-time',
    'transient',
    'timeout-or-deadlock',
    'unknown',
    anyOf(NO_ANSWER, nameMatches(/^curl error 28$/i)),
  ),
  rule(
    'http2-broken',
    'transient',
    'external-dependency',
    'unknown',
    nameMatches(/^(?:ERR_HTTP2_|ERR_QUIC_|NGHTTP2_)/),
  ),
  rule(
    'answer-too-large',
    'permanent',
    'resource-exhaustion',
    'unknown',
    nameIn('UND_ERR_HEADERS_OVERFLOW UND_ERR_RES_EXCEEDED_MAX_SIZE HPE_HEADER_OVERFLOW UND_ERR_HEADERS_TOO_LARGE'),
  ),
  rule(
    'answer-unreadable',
    'transient',
    'external-dependency',
    'unknown',
    anyOf(
      nameMatches(/^(?:HPE_|UND_ERR_HTTP_PARSER$|HTTPParserError$|UND_ERR_RES_CONTENT_LENGTH_MISMATCH$)/),
      nameIn('UND_ERR_REDIRECT ContentDecodingError BadStatusLine ERR_CONTENT_DECODING_FAILED'),
    ),
  ),
  rule(
    'out-of-handles',
    'transient',
    'resource-exhaustion',
    'unknown',
    nameIn(
      'EMFILE ENFILE ENOBUFS ENOMEM EAGAIN EWOULDBLOCK EBUSY EINTR ENOSPC EDQUOT EIO ETXTBSY EDEADLK ENOLCK',
      'ESTALE',
    ),
  ),
  // The process lacks a file, a right or a module. Waiting changes none of it.
  rule(
    'system-refused',
    'permanent',
    'external-dependency',
    'unknown',
    nameIn(
      'EPERM EACCES ENOENT EEXIST EISDIR ENOTDIR ENOTEMPTY EINVAL ENAMETOOLONG EROFS ENOSYS ELOOP EBADF EXDEV',
      'EFBIG ENXIO',
      'ENOTSUP EOPNOTSUPP EAFNOSUPPORT EMSGSIZE ENODEV EFAULT ERANGE EDOM E2BIG ENOTSOCK ESRCH ECHILD EPROTOTYPE',
      'EPROTONOSUPPORT EADDRINUSE',
      'ERR_MODULE_NOT_FOUND MODULE_NOT_FOUND ERR_UNSUPPORTED_DIR_IMPORT ERR_PACKAGE_PATH_NOT_EXPORTED',
      'ERR_REQUIRE_ESM',
      'ERR_UNKNOWN_FILE_EXTENSION ERR_UNHANDLED_REJECTION ERR_MISSING_ARGS ERR_OUT_OF_RANGE ERR_ASSERTION',
      'ERR_UNKNOWN_ENCODING',
      'EBADQUERY EBADFAMILY EBADSTR EBADFLAGS EBADHINTS ENOTIMP ENOTINITIALIZED EAI_BADFLAGS EAI_FAMILY',
      'EAI_SERVICE EAI_SOCKTYPE',
      'FileNotFoundError PermissionError IsADirectoryError NotADirectoryError FileExistsError NoSuchFileException',
      'AccessDeniedError FileNotFoundException DirectoryNotFoundException UnauthorizedAccessException',
    ),
  ),
  rule(
    'wrong-argument',
    'permanent',
    'data-integrity',
    'unknown',
    anyOf(
      MISUSED,
      nameMatches(
        /^ERR_(?:INVALID_|METHOD_NOT_IMPLEMENTED|FEATURE_UNAVAILABLE|CRYPTO_|OUT_OF_RANGE|STREAM_NULL|STREAM_PUSH|BUFFER_OUT)/,
      ),
    ),
  ),
];
