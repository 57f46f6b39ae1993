import { hash } from 'node:crypto';
import type { Failure } from '../../contract/failure.ts';
import type { JsonText } from '../../contract/json-text.ts';
import { canonicalJson } from '../json/canonical-json.ts';
import { readJson } from '../json/lossless-json.ts';

/**
 * Digest of a failure's dependency and operation, independent of the order of fields. Each report of a failure puts its
 * body under a key of its own, so the key doesn't count: the body's digest does.
 */
export function fingerprint(failure: Pick<Failure, 'dependency' | 'operation'>): string {
  const { body, base, bodyClaim, ...others } = failure.operation;
  const claimed = bodyClaim && { sha256: bodyClaim.sha256, bytes: bodyClaim.bytes };
  const operation = { ...others, bodyClaim: claimed, body: comparable(body), base: comparable(base) };
  const text = canonicalJson({ dependency: failure.dependency, operation });
  return hash('sha256', text, 'hex');
}

/** The value, so that the order of fields doesn't matter; the text if it can't be read without loss. */
function comparable(text: JsonText | undefined): unknown {
  const value = text === undefined ? undefined : readJson(text);
  return value === undefined ? text : value;
}
