/** Message attribute that marks a message sent by Backstop. Holds the failure's id. */
export const FAILURE_ID_ATTRIBUTE = 'backstop-failure-id';

/**
 * Encodes an attribute's name, followed by a colon and its type unless that is `String`. Attribute names contain no
 * colon.
 */
export function attributeKey(name: string, dataType: string): string {
  return dataType === 'String' ? name : `${name}:${dataType}`;
}

/** Reverses {@link attributeKey}. */
export function parseAttributeKey(key: string): { readonly name: string; readonly dataType: string } {
  const [name = '', dataType = 'String'] = key.split(':');
  return { name, dataType };
}
