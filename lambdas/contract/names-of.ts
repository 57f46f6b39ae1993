/** The names in a table, in its order. The table must be a literal: a wider type would hide further names. */
export function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>): readonly Name[] {
  return Object.keys(table) as Name[];
}
