/** Whatever an error carries. */
export type Fields = Readonly<Record<string, unknown>>;

/** A getter of a stranger's error may throw. */
export function readField(fields: Fields | undefined, key: string): unknown {
  try {
    return fields?.[key];
  } catch {
    return undefined;
  }
}

export function objectIn(fields: Fields | undefined, key: string): Fields | undefined {
  const value = readField(fields, key);
  return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
}
