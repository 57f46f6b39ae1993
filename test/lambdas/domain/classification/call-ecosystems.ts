import { type Ecosystem, prefixed } from './ecosystem.ts';

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

/** Clients of HTTP APIs, AWS and gRPC, with their circuit breakers and TLS. */
export const CALLS: readonly Ecosystem[] = [
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
