import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Actions and their undos. */
export const UNDOS = {
  reserve: 'release',
  charge: 'refund',
  invoice: 'void-invoice',
  label: 'void-label',
  ship: 'recall',
} as const;

/** A record of the shop: an action on an order. */
export interface Entry {
  readonly order: string;
  readonly action: string;
}

/**
 * The fault of an action, at each request. `held-before` and `held-after` delay the answer until the release; the
 * effect occurs then or at once.
 */
export type Trouble = 'fails-before' | 'fails-after' | 'held-before' | 'held-after';

export interface Shop {
  /** Base URL on loopback, no trailing slash. */
  readonly url: string;
  /** In order of occurrence, each action at most once per order. */
  readonly books: readonly Entry[];
  /** All requests, whatever their result. */
  readonly asked: readonly Entry[];
  /** Injects a fault. */
  trouble(order: string, action: string, trouble: Trouble): void;
  /** Releases the held actions of an order and holds no more of them. */
  letGo(order: string): void;
  stop(): Promise<void>;
}

/**
 * A shop that suits a saga. It performs each action once and undoes it on request. It accepts an undo of an action that
 * never happened, and then rejects that action if it arrives later.
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

  const server = createServer(
    { keepAliveTimeout: 0 },
    (request, response) => void take(request, response).catch(() => response.destroy()),
  );
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

/** Number of times each action happened to an order, minus its undos. */
export function balance(books: readonly Entry[], order: string): Readonly<Record<string, number>> {
  const times = (wanted: string) => books.filter((entry) => entry.order === order && entry.action === wanted).length;
  return Object.fromEntries(Object.entries(UNDOS).map(([action, undo]) => [action, times(action) - times(undo)]));
}
