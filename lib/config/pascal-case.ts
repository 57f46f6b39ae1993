/** `payments-api` becomes `PaymentsApi`: a dependency's name as ids of constructs and outputs hold it. */
export function pascalCase(name: string): string {
  return name.replace(/(?:^|-+)([a-z0-9]?)/g, (_, first: string) => first.toUpperCase());
}
