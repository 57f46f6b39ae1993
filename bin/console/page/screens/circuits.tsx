import { useState } from 'preact/hooks';
import { call } from '../call.ts';
import type { CircuitRow } from '../documents.ts';
import { Acknowledged } from '../parts/acknowledged.tsx';
import { Age, Badge, Meter } from '../parts/basics.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { More } from '../parts/more.tsx';
import { ActButton } from '../rights.tsx';

const TONES = {
  closed: 'good',
  open: 'bad',
  'half-open': 'warn',
  recovering: 'warn',
  'forced-open': 'bad',
  'forced-closed': 'info',
} as const;

type Asked = { readonly circuit: string; readonly to: 'open' | 'close' | 'auto' };

/** A tile for each circuit. */
export function Circuits({
  circuits,
  onChange,
}: {
  readonly circuits: readonly CircuitRow[];
  readonly onChange: () => void;
}) {
  const [asked, setAsked] = useState<Asked>();
  return (
    <>
      <ul class="tiles" aria-label="Circuits">
        {circuits.map((row) => (
          <Tile key={row.circuit} of={row} onAsk={(to) => setAsked({ circuit: row.circuit, to })} />
        ))}
      </ul>
      {asked && (
        <ForceCircuit
          {...asked}
          onClose={() => {
            setAsked(undefined);
            onChange();
          }}
        />
      )}
    </>
  );
}

function Tile({ of, onAsk }: { readonly of: CircuitRow; readonly onAsk: (to: Asked['to']) => void }) {
  const { circuit, state, since, meaning, share, by } = of;
  return (
    <li class={`card tile ${TONES[state]}`}>
      <div class="row">
        <strong>{circuit}</strong>
        <Badge tone={TONES[state]}>{state}</Badge>
      </div>
      <p>{meaning}</p>
      {since !== undefined && (
        <p class="quiet">
          for <Age at={since} />
        </p>
      )}
      {share !== undefined && <Meter share={share} label={`Share of calls to ${circuit} that may pass`} />}
      <div class="buttons">
        {by === undefined ? (
          <More of={circuit}>
            <ActButton onClick={() => onAsk('open')}>Force open</ActButton>
            <ActButton onClick={() => onAsk('close')}>Force closed</ActButton>
          </More>
        ) : (
          <ActButton onClick={() => onAsk('auto')}>Back to automatic</ActButton>
        )}
      </div>
    </li>
  );
}

function ForceCircuit({ circuit, to, onClose }: Asked & { readonly onClose: () => void }) {
  const [length, setLength] = useState('1h');
  const effects = {
    open: 'No call passes. Failures wait and lose no attempt.',
    close: 'Every call passes, however many fail.',
    auto: 'The circuit decides by itself again.',
  };
  return (
    <Confirm
      title={
        to === 'auto'
          ? `Release the circuit of ${circuit}`
          : `Force the circuit of ${circuit} ${to === 'open' ? 'open' : 'closed'}`
      }
      action={to === 'auto' ? 'Release' : 'Force'}
      onConfirm={(why) =>
        to === 'auto'
          ? call('release-circuit', { circuit, why })
          : call('force-circuit', { circuit, to, for: length, why })
      }
      onClose={onClose}
    >
      <p>{effects[to]}</p>
      {to !== 'auto' && (
        <label>
          For how long, such as 30m, 2h or 1d
          <input
            value={length}
            pattern="\d+[smhd]"
            required
            onInput={(event) => setLength(event.currentTarget.value)}
          />
        </label>
      )}
      <Acknowledged by={{ action: 'circuit', dependency: circuit.split('/')[0] ?? circuit }} />
    </Confirm>
  );
}
