import { allOf, anyOf, type Condition, nameIn, not, numberOf, type Rule, rule, says } from './rule.ts';

/** Kafka's errors have a number, a name and, in KafkaJS, a fixed sentence. */
function kafka(numbers: Condition, names: Condition, ...sentences: readonly RegExp[]): Condition {
  return anyOf(
    numbers,
    names,
    allOf((it) => it.space === 'kafka', says(...sentences)),
  );
}

const KAFKA_RETRIED = kafka(
  numberOf(
    'kafka',
    '-1 2 3 5 6 7 8 9 13 14 15 16 19 20 27 41 51 55 56 60 70 71 72 74 75 78 80 84 88 89 105 -185 -192 -195 -196',
    '-187 -191 -193 -194 -180 -179 -167',
  ),
  nameIn(
    'CORRUPT_MESSAGE UNKNOWN_TOPIC_OR_PARTITION LEADER_NOT_AVAILABLE NOT_LEADER_FOR_PARTITION',
    'NOT_LEADER_OR_FOLLOWER REQUEST_TIMED_OUT BROKER_NOT_AVAILABLE REPLICA_NOT_AVAILABLE NETWORK_EXCEPTION',
    'GROUP_LOAD_IN_PROGRESS COORDINATOR_LOAD_IN_PROGRESS GROUP_COORDINATOR_NOT_AVAILABLE',
    'COORDINATOR_NOT_AVAILABLE NOT_COORDINATOR_FOR_GROUP NOT_COORDINATOR NOT_ENOUGH_REPLICAS',
    'NOT_ENOUGH_REPLICAS_AFTER_APPEND REBALANCE_IN_PROGRESS NOT_CONTROLLER CONCURRENT_TRANSACTIONS',
    'OPERATION_NOT_ATTEMPTED KAFKA_STORAGE_ERROR REASSIGNMENT_IN_PROGRESS FETCH_SESSION_ID_NOT_FOUND',
    'INVALID_FETCH_SESSION_EPOCH LISTENER_NOT_FOUND FENCED_LEADER_EPOCH UNKNOWN_LEADER_EPOCH',
    'OFFSET_NOT_AVAILABLE PREFERRED_LEADER_NOT_AVAILABLE UNSTABLE_OFFSET_COMMIT ELECTION_NOT_NEEDED THROTTLING_QUOTA_EXCEEDED KafkaJSConnectionError',
    'KafkaJSConnectionClosedError KafkaJSRequestTimeoutError KafkaJSNumberOfRetriesExceeded',
    'KafkaJSBrokerNotFound KafkaJSLockTimeout KafkaJSTimeout KafkaJSGroupCoordinatorNotFound',
    'KafkaJSMetadataNotLoaded KafkaJSStaleTopicMetadataAssignment KafkaJSNoBrokerAvailableError',
    'KafkaJSPartialMessageError KafkaJSFetcherRebalanceError NotLeaderForPartitionException',
    'NotLeaderOrFollowerException LeaderNotAvailableException DisconnectException NotEnoughReplicasException',
    'RetriableCommitFailedException BrokerNotAvailableException CoordinatorNotAvailableException',
  ),
  /in the middle of a leadership election/,
  /is not the leader for/,
  /request timed out/,
  /is not available/,
  /disconnected before/,
  /coordinator is loading/,
  /is not the correct (?:coordinator|controller)/,
  /fewer in-sync replicas/,
  /does not host this topic-partition/,
  /group is rebalancing/,
  /concurrent operation on the same transaction/,
  /Disk error/,
  /leader epoch/,
  /no listener on the leader/,
  /fetch session/,
  /failed its CRC/,
  /reassignment is in progress/,
  /did not attempt to execute/,
);

const KAFKA_DENIED = kafka(
  numberOf('kafka', '29 30 31 33 34 53 54 58 61 62 63 64 65 66'),
  nameIn(
    'TOPIC_AUTHORIZATION_FAILED GROUP_AUTHORIZATION_FAILED CLUSTER_AUTHORIZATION_FAILED',
    'UNSUPPORTED_SASL_MECHANISM ILLEGAL_SASL_STATE TRANSACTIONAL_ID_AUTHORIZATION_FAILED SECURITY_DISABLED',
    'SASL_AUTHENTICATION_FAILED DELEGATION_TOKEN_AUTH_DISABLED DELEGATION_TOKEN_NOT_FOUND',
    'DELEGATION_TOKEN_AUTHORIZATION_FAILED DELEGATION_TOKEN_EXPIRED KafkaJSSASLAuthenticationError',
    'TopicAuthorizationException SaslAuthenticationException',
  ),
  /not authorized/,
  /authori[sz]ation failed/,
  /authentication failed/,
  /SASL/,
  /delegation token/,
  /security features are disabled/,
);

const KAFKA_EXISTS = kafka(
  numberOf('kafka', '36'),
  nameIn('TOPIC_ALREADY_EXISTS TopicExistsException'),
  /already exists/,
);

const KAFKA_UNFIT = kafka(
  numberOf(
    'kafka',
    '1 4 10 11 12 17 18 21 22 23 24 25 26 28 32 35 37 38 39 40 42 43 44 45 46 47 48 49 50 52 57 59 67 68 69',
    '73 76 77 79 81 82 83 85 86 87 90',
  ),
  nameIn(
    'OFFSET_OUT_OF_RANGE INVALID_FETCH_SIZE MESSAGE_TOO_LARGE STALE_CONTROLLER_EPOCH',
    'OFFSET_METADATA_TOO_LARGE INVALID_TOPIC_EXCEPTION RECORD_LIST_TOO_LARGE INVALID_REQUIRED_ACKS',
    'ILLEGAL_GENERATION INCONSISTENT_GROUP_PROTOCOL INVALID_GROUP_ID UNKNOWN_MEMBER_ID INVALID_TIMESTAMP',
    'UNSUPPORTED_VERSION INVALID_CONFIG UNSUPPORTED_FOR_MESSAGE_FORMAT POLICY_VIOLATION',
    'OUT_OF_ORDER_SEQUENCE_NUMBER DUPLICATE_SEQUENCE_NUMBER INVALID_PRODUCER_EPOCH INVALID_TXN_STATE',
    'TRANSACTION_COORDINATOR_FENCED LOG_DIR_NOT_FOUND UNKNOWN_PRODUCER_ID NON_EMPTY_GROUP GROUP_ID_NOT_FOUND',
    'TOPIC_DELETION_DISABLED UNSUPPORTED_COMPRESSION_TYPE KafkaJSNonRetriableError KafkaJSOffsetOutOfRange',
    'KafkaJSUnsupportedMagicByteInMessageSet KafkaJSNotImplemented KafkaJSTopicMetadataNotLoaded',
    'KafkaJSInvariantViolation KafkaJSInvalidVarIntError KafkaJSInvalidLongError KafkaJSCreateTopicError',
    'KafkaJSAlterPartitionReassignmentsError KafkaJSDeleteGroupsError KafkaJSServerDoesNotSupportApiKey',
    'KafkaJSMemberIdRequired RecordTooLargeException ProducerFencedException OutOfOrderSequenceException',
  ),
  /larger than/,
  /is (?:invalid|not valid|not supported)/,
  /not within the range/,
  /invalid (?:topic|state|value)/,
  /does not support/,
  /is not aware of/,
  /out of (?:order|acceptable range)/,
  /incompatible with/,
  /old epoch/,
  /duplicate sequence/,
  /do not satisfy/,
  /malformed/,
  /was too large/,
  /is not empty/,
  /is disabled/,
);

/** Replies of mail servers (RFC 5321, section 4.2.1): 4yz may pass, 5yz will not. */
function mailReply(codes: RegExp): Condition {
  return (evidence) => {
    if (evidence.space !== 'smtp') return false;
    const reply = /^[45]\d\d$/.test(evidence.code) ? evidence.code : /\b([45]\d\d)\b/.exec(evidence.message)?.[1];
    return reply !== undefined && codes.test(reply);
  };
}

/** Errors of message brokers (Kafka, RabbitMQ, NATS, MQTT) and mail servers. */
export const BROKER_RULES: readonly Rule[] = [
  rule('kafka-denied', 'permanent', 'authentication', 'unknown', KAFKA_DENIED),
  rule('kafka-unready', 'transient', 'external-dependency', 'unknown', KAFKA_RETRIED),
  rule('kafka-exists', 'conflict', 'data-integrity', 'unknown', KAFKA_EXISTS),
  rule('kafka-unfit-request', 'permanent', 'data-integrity', 'unknown', KAFKA_UNFIT),
  rule(
    'mail-login',
    'permanent',
    'authentication',
    'unknown',
    anyOf(mailReply(/^53[045]$/), allOf(nameIn('EAUTH'), not(mailReply(/^4/)))),
  ),
  rule('mail-deferred', 'transient', 'external-dependency', 'unknown', mailReply(/^4/)),
  rule('mail-refused', 'permanent', 'data-integrity', 'unknown', mailReply(/^5/)),
  rule(
    'broker-unready',
    'transient',
    'external-dependency',
    'unknown',
    nameIn(
      'CONNECTION_FORCED CONNECTION-FORCED RESOURCE-ERROR RESOURCE_LOCKED amqp:connection:forced',
      'amqp:link:detach-forced',
      'amqp:internal-error amqp:resource-limit-exceeded CONNECTION_CLOSED NO_RESPONDERS NO_SERVERS',
      'STALE_CONNECTION',
      'CONNECTION_REFUSED CONNECTION_TIMEOUT AMQPConnectionError AmqpConnectException ConnectionClosedByBroker',
      'IllegalOperationError StreamLostError AMQPHeartbeatTimeout CONNECTION_DRAINING',
    ),
  ),
  rule(
    'broker-refused',
    'permanent',
    'data-integrity',
    'unknown',
    nameIn(
      'NOT-FOUND PRECONDITION_FAILED PRECONDITION-FAILED ACCESS_REFUSED ACCESS-REFUSED CONTENT_TOO_LARGE',
      'CONTENT-TOO-LARGE NOT-ALLOWED SYNTAX_ERROR FRAME_ERROR UNEXPECTED_FRAME COMMAND_INVALID NOT_IMPLEMENTED',
      'AUTHORIZATION_VIOLATION MAX_PAYLOAD_EXCEEDED BAD_SUBJECT amqp:unauthorized-access amqp:not-found',
      'amqp:not-allowed amqp:invalid-field amqp:decode-error amqp:precondition-failed',
      'amqp:link:message-size-exceeded',
    ),
  ),
];
