import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isLoopback, isPrivateAddress } from '../../contract/base-url.ts';

type Resolve = (
  host: string,
  options: LookupOptions & { readonly all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Looks up hosts that get plain text. A name counts as private only if each of its addresses is. So a changed
 * record leads credentials neither to a public host nor to an endpoint of this machine.
 */
export function privateLookup(resolve: Resolve = lookup): LookupFunction {
  return (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      const stranger = !error && !addresses.every(({ address }) => isPrivateAddress(address));
      const problem = stranger
        ? Object.assign(new Error('the host is not private'), { code: 'EHOSTNOTPRIVATE' })
        : error;
      const [first] = addresses ?? [];
      if (problem) done(problem, '', 0);
      else if (options.all) done(null, addresses);
      else done(null, first?.address ?? '', first?.family);
    });
  };
}

/** Undefined for hosts that need no such look-up: within this machine, or sealed on their way. */
export function lookupFor({ protocol, hostname }: URL): LookupFunction | undefined {
  return protocol === 'http:' && !isLoopback(hostname) ? PRIVATE : undefined;
}

const PRIVATE = privateLookup();
