import { BLOCKING } from '../../../../lambdas/contract/circuit-kinds.ts';
import type { CircuitRow } from '../documents.ts';
import { useDocument } from '../hooks.ts';

/** How the circuits of a dependency are, in the list of what a redrive does. */
export function CircuitNow({ dependency }: { readonly dependency: string }) {
  const { document: circuits } = useDocument<readonly CircuitRow[]>('circuits');
  const own = circuits?.filter(({ circuit }) => circuit.split('/')[0] === dependency) ?? [];
  return (
    <>
      {own.map(({ circuit, state, meaning }) => (
        <li key={circuit} class={BLOCKING.has(state) ? 'warn' : undefined}>
          The circuit of {circuit} is {state}: {meaning}.
          {BLOCKING.has(state) && ' The redrive waits until it lets calls pass.'}
        </li>
      ))}
      {!own.some(({ state }) => BLOCKING.has(state)) && <li>It pauses by itself while the circuit is open.</li>}
    </>
  );
}
