/** The address of a screen. Leaves out what is empty. */
export function addressOf(screen: string, query: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return given.length === 0 ? `#/${screen}` : `#/${screen}?${new URLSearchParams(given)}`;
}
