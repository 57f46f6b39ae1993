declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** A DynamoDB server on tables in memory. Its `close` also closes the tables. */
  export default function dynalite(options: { readonly createTableMs?: number }): Server;
}
