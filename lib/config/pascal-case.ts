/** Converts a dependency's name for ids of constructs and outputs: `payments-api` becomes `PaymentsApi`. */
export function pascalCase(name: string): string {
  return name.replace(/(?:^|-+)([a-z0-9]?)/g, (_, first: string) => first.toUpperCase());
}
