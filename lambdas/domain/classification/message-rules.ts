import { messageMatches, type Rule, rule } from './rule.ts';

const CERTIFICATE =
  /certificate (?:has expired|is not yet valid)|self[- ]signed certificate|unable to verify the first certificate|certificate's altnames/i;
const DENIED =
  /access denied|permission denied|not authori[sz]ed|unauthori[sz]ed|authentication failed|invalid credentials|bad credentials|invalid api key/i;
const DEADLOCK = /deadlock|could not serialize access|write ?conflict|lock wait timeout|lock request time ?out/i;
const THROTTLED = /too many requests|rate[- ]?limit|rate exceeded|throttled|throttling|quota exceeded|slow down/i;
const EXHAUSTED =
  /too many connections|too many clients|too many open files|number of clients|connection slots|out of memory|no space left|pool (?:is )?exhausted/i;
const DUPLICATE = /duplicate key|duplicate entry|unique constraint|already exists/i;
const TIMEOUT = /time[- ]?out|timed[- ]out|deadline exceeded|took too long|operation was aborted/i;
const CONNECTION =
  /fetch failed|failed to fetch|socket|connection|connect E|ECONN|EPIPE|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|network|broken pipe|no such host|name resolution|\bEOF\b|temporar|try again|unavailable/i;

/** Last resort if neither status nor name nor code matches: the words of the message. */
export const MESSAGE_RULES: readonly Rule[] = [
  rule('message-certificate', 'permanent', 'authentication', 'unknown', messageMatches(CERTIFICATE)),
  rule('message-access-denied', 'permanent', 'authentication', 'unknown', messageMatches(DENIED)),
  rule('message-deadlock', 'transient', 'timeout-or-deadlock', 'unknown', messageMatches(DEADLOCK)),
  rule('message-throttled', 'throttled', 'resource-exhaustion', 'unknown', messageMatches(THROTTLED)),
  rule('message-exhausted', 'transient', 'resource-exhaustion', 'unknown', messageMatches(EXHAUSTED)),
  rule('message-duplicate', 'conflict', 'data-integrity', 'unknown', messageMatches(DUPLICATE)),
  rule('message-timeout', 'transient', 'timeout-or-deadlock', 'unknown', messageMatches(TIMEOUT)),
  rule('message-connection', 'transient', 'external-dependency', 'unknown', messageMatches(CONNECTION)),
];
