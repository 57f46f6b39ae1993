import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What can be undone, with what undoes it. */
export const UNDOS = {
  reserve: 'release',
  charge: 'refund',
  invoice: 'void-invoice',
  label: 'void-label',
  ship: 'recall',
} as const;

/** A line in the books: something that happened to an order. */
export interface Entry {
  readonly order: string;
  readonly action: string;
}

/**
 * What goes wrong with an action, each time that it is asked for. `held-before` and `held-after`: it is answered only when it is let go,
 * and has its effect then or at once.
 */
export type Trouble = 'fails-before' | 'fails-after' | 'held-before' | 'held-after';

export interface Shop {
  /** Base URL on loopback, no trailing slash. */
  readonly url: string;
  /** In the order in which it happened; each at most once for an order. */
  readonly books: readonly Entry[];
  /** Every request, whatever became of it. */
  readonly asked: readonly Entry[];
  /** Makes something go wrong. */
  trouble(order: string, action: string, trouble: Trouble): void;
  /** Carries out what is held of an order, and holds nothing more of it. */
  letGo(order: string): void;
  stop(): Promise<void>;
}

/**
 * A shop with books, as a saga needs it: it does each thing once, undoes what it has done, has nothing against undoing what it has not
 * done, and refuses to do afterwards what was undone before it came.
 */
export async function startShop(): Promise<Shop> {
  const books: Entry[] = [];
  const asked: Entry[] = [];
  const undone = new Set<string>();
  const troubles = new Map<string, Trouble>();
  const held: { readonly order: string; readonly answer: () => void }[] = [];

  const isInBooks = ({ order, action }: Entry) =>
    books.some((entry) => entry.order === order && entry.action === action);
  const carryOut = (entry: Entry): number => {
    const undoes = Object.entries(UNDOS).find(([, undo]) => undo === entry.action)?.[0];
    if (undoes === undefined && undone.has(keyOf(entry))) return 409;
    if (undoes !== undefined) {
      const original = { ...entry, action: undoes };
      undone.add(keyOf(original));
      if (!isInBooks(original)) return 200;
    }
    if (!isInBooks(entry)) books.push(entry);
    return 200;
  };
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await request.resume().toArray();
    const [, , order = '', action = ''] = (request.url ?? '').split('/');
    const entry = { order, action };
    const trouble = troubles.get(keyOf(entry));
    asked.push(entry);
    const early = trouble === 'fails-after' || trouble === 'held-after' ? carryOut(entry) : undefined;
    const answer = () => {
      const status = trouble?.startsWith('fails') ? 500 : (early ?? carryOut(entry));
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ action, status }));
    };
    if (trouble?.startsWith('held')) held.push({ order, answer });
    else answer();
  };

  const server = createServer((request, response) => void take(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    books,
    asked,
    trouble: (order, action, trouble) => void troubles.set(keyOf({ order, action }), trouble),
    letGo: (order) => {
      for (const [key, trouble] of troubles) {
        if (key.startsWith(`${order}/`) && trouble.startsWith('held')) troubles.delete(key);
      }
      for (const { answer } of held.filter((each) => each.order === order)) answer();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function keyOf({ order, action }: Entry): string {
  return `${order}/${action}`;
}

/** How often each action has happened to an order, less how often it was undone. */
export function balance(books: readonly Entry[], order: string): Readonly<Record<string, number>> {
  const times = (wanted: string) => books.filter((entry) => entry.order === order && entry.action === wanted).length;
  return Object.fromEntries(Object.entries(UNDOS).map(([action, undo]) => [action, times(action) - times(undo)]));
}
