/** Creates the error that names the resource and the property that can't run locally. */
export function refusal(
  { id, type }: { readonly id: string; readonly type: string },
  property: string,
  reason: unknown,
): Error {
  const text = reason instanceof Error ? reason.message : reason;
  return new Error(`${id} (${type}), property ${property}: ${text}`, { cause: reason });
}
