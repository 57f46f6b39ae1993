import { useEffect, useState } from 'preact/hooks';
import { call } from '../call.ts';
import type { Letter } from '../documents.ts';
import { ActButton } from '../rights.tsx';
import { Confirm } from './confirm.tsx';

/** A revealed operation is masked again after this time, in case somebody passes by the screen. */
const REVEALED_MS = 120_000;

interface OperationProps {
  readonly named: { readonly id: string; readonly dependency: string; readonly tenant?: string | undefined };
  /** With sensitive values masked. */
  readonly operation: Readonly<Record<string, unknown>>;
  /** What a fallback has answered, masked too. */
  readonly answer?: Readonly<Record<string, unknown>> | undefined;
}

/** The operation of a failure: masked, until the operator reveals it. What is revealed stays in this component only. */
export function Operation({ named, operation, answer }: OperationProps) {
  const [isAsked, setIsAsked] = useState(false);
  const [revealed, setRevealed] = useState<Letter>();
  useEffect(() => {
    if (revealed === undefined) return undefined;
    const timer = setTimeout(() => setRevealed(undefined), REVEALED_MS);
    return () => clearTimeout(timer);
  }, [revealed]);
  const how = revealed === undefined ? 'with sensitive values masked' : 'revealed';
  return (
    <>
      {answer !== undefined && (
        <>
          <h2>Answer of the fallback, {how}</h2>
          <Json value={revealed?.answer ?? answer} />
        </>
      )}
      <h2>Operation, {how}</h2>
      <Json value={revealed?.operation ?? operation} />
      {revealed?.unshownBody !== undefined && <p>Not shown: {revealed.unshownBody}</p>}
      <div class="buttons">
        {revealed === undefined ? (
          <ActButton needs="reveal" onClick={() => setIsAsked(true)}>
            Reveal
          </ActButton>
        ) : (
          <button type="button" onClick={() => setRevealed(undefined)}>
            Mask again
          </button>
        )}
      </div>
      {isAsked && (
        <Confirm
          title={`Reveal the operation of ${named.id}`}
          action="Reveal"
          onConfirm={async (why) => setRevealed(await call<Letter>('reveal', { ...named, why }))}
          onClose={() => setIsAsked(false)}
        >
          <p>Shows all values for two minutes. The audit log records that you saw them, and why.</p>
        </Confirm>
      )}
    </>
  );
}

function Json({ value }: { readonly value: unknown }) {
  return <pre>{JSON.stringify(value, undefined, 2)}</pre>;
}
