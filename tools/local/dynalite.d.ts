declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** A DynamoDB server with tables in memory. */
  export default function dynalite(options: { readonly createTableMs?: number }): Server;
}
