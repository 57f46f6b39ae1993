import { containsSecret } from './secrets.ts';
import { isCredentialName } from './sensitive-names.ts';

/** Replaces a sensitive value. */
export const MASK = '***';

/** A URL path for display. Masks the segments that contain a secret, or follow the name of one: `/tokens/***`. */
export function shownPath(path: string): string {
  const segments = path.split('/');
  const isSecret = (segment: string, at: number) =>
    segment !== '' && (containsSecret(segment) || isCredentialName(segments[at - 1] ?? ''));
  return segments.map((segment, at) => (isSecret(segment, at) ? MASK : segment)).join('/');
}
