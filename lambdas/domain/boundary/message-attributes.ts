/** Attribute by which a message that has failed once more is known for one of ours. */
export const SENT_BY = 'backstop-failure-id';

/** The name of an attribute, and behind a colon, which no such name holds, its type where that is another than text. */
export function attributeKey(name: string, dataType: string): string {
  return dataType === 'String' ? name : `${name}:${dataType}`;
}

export function attributeOf(key: string): { readonly name: string; readonly dataType: string } {
  const [name = '', dataType = 'String'] = key.split(':');
  return { name, dataType };
}
