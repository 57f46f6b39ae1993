type Scalar = string | number | boolean;

/**
 * One condition on a stored item, as data, so that any store can evaluate it. A path names an attribute, such as
 * `question.answer`. A comparison with an absent attribute is false, except `<>`.
 */
export type Check =
  | { readonly path: string; readonly op: '=' | '<>' | '<' | '<=' | '>' | '>='; readonly value: Scalar }
  /** The list has this many elements. */
  | { readonly path: string; readonly op: 'size'; readonly value: number }
  | { readonly path: string; readonly op: 'absent' }
  | { readonly op: 'any'; readonly of: readonly Check[] };

export function is(path: string, value: Scalar): Check {
  return { path, op: '=', value };
}

export function isNot(path: string, value: Scalar): Check {
  return { path, op: '<>', value };
}

export function isBelow(path: string, value: string | number): Check {
  return { path, op: '<', value };
}

export function isAtMost(path: string, value: string | number): Check {
  return { path, op: '<=', value };
}

export function isAbove(path: string, value: string | number): Check {
  return { path, op: '>', value };
}

export function hasSize(path: string, value: number): Check {
  return { path, op: 'size', value };
}

export function isAbsent(path: string): Check {
  return { path, op: 'absent' };
}

/** The attribute still has this value, or is absent if the value is undefined. */
export function isStill(path: string, value: Scalar | undefined): Check {
  return value === undefined ? isAbsent(path) : is(path, value);
}

export function anyOf(...of: readonly Check[]): Check {
  return { op: 'any', of };
}
