import { plainText } from './plain-text.ts';

/**
 * What mail and chat programs take for a dot of a host name; not that of an error such as `States.TaskFailed`. Case
 * tells nothing, since a link is one in any case. No top-level domain ends with the word of an error.
 */
const DOT_OF_HOST =
  /[.\u3002\uff0e\uff61](?![A-Z][A-Za-z]*(?:Error|Exceeded|Exception|Failed|Failure|Matched|Throttled|Timeout)(?![\w-]))(?=\p{L}{2})/gu;

/**
 * A text of others for a mail, page or card. Plain, and without anything that the reader's program turns into a link:
 * `https[:]//evil[.]example`.
 */
export function unlinked(text: string): string {
  return plainText(text).replaceAll('://', '[:]//').replace(DOT_OF_HOST, '[.]');
}
