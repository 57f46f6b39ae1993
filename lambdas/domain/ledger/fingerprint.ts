import { createHash } from 'node:crypto';
import type { Failure } from '../../contract/failure.ts';
import type { JsonText } from '../../contract/json-text.ts';
import { canonicalJson } from '../json/canonical-json.ts';
import { readJson } from '../json/lossless-json.ts';

/** Digest of a failure's dependency and operation, independent of the order of fields. */
export function fingerprint(failure: Pick<Failure, 'dependency' | 'operation'>): string {
  const { body, base, ...others } = failure.operation;
  const operation = { ...others, body: comparable(body), base: comparable(base) };
  const text = canonicalJson({ dependency: failure.dependency, operation });
  return createHash('sha256').update(text).digest('hex');
}

/** The value, so that the order of fields doesn't matter; the text if it can't be read without loss. */
function comparable(text: JsonText | undefined): unknown {
  const value = text === undefined ? undefined : readJson(text);
  return value === undefined ? text : value;
}
