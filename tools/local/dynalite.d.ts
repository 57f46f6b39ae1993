declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** A DynamoDB server on tables in memory. */
  export default function dynalite(options: { readonly createTableMs?: number }): Server;
}
