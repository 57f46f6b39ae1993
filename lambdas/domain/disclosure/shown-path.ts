import { containsSecret } from './secrets.ts';
import { isCredentialName } from './sensitive-names.ts';

/** Replaces a sensitive value. */
export const MASK = '***';

/** A name that a stranger chose, for display. */
export function shownName(name: string): string {
  return containsSecret(name) ? MASK : name;
}

/** A URL path for display. Masks the segments that contain a secret, or follow the name of one: `/tokens/***`. */
export function shownPath(path: string): string {
  const segments = path.split('/');
  const isSecret = segments.map(containsSecret);
  const isNamed = (at: number) => !isSecret[at - 1] && isCredentialName(segments[at - 1] ?? '');
  return segments.map((segment, at) => (segment !== '' && (isSecret[at] || isNamed(at)) ? MASK : segment)).join('/');
}
