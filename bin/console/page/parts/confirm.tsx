import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Problem } from './basics.tsx';

interface ConfirmProps {
  readonly title: string;
  /** What will happen. */
  readonly children?: ComponentChildren;
  readonly action: string;
  /** Whether the action can't be taken back. @default false */
  readonly isFinal?: boolean;
  /** Why the button is off for now. @default - it is on */
  readonly offBecause?: string | undefined;
  /** Does it. A rejection shows in the dialog, which stays open. */
  readonly onConfirm: (why: string) => Promise<unknown>;
  readonly onClose: () => void;
}

/** Asks for the reason of an action, and does it. */
export function Confirm({ title, children, action, isFinal = false, offBecause, onConfirm, onClose }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const reason = useRef<HTMLInputElement>(null);
  const hint = useId();
  const [why, setWhy] = useState('');
  const [isMissing, setIsMissing] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const confirm = async (event: Event) => {
    event.preventDefault();
    if (why.trim() === '') {
      setIsMissing(true);
      return reason.current?.focus();
    }
    setIsBusy(true);
    setProblem(undefined);
    try {
      await onConfirm(why);
      onClose();
    } catch (error) {
      setProblem((error as Error).message);
      setIsBusy(false);
    }
  };
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="confirm-title">
      <form onSubmit={confirm}>
        <h2 id="confirm-title">{title}</h2>
        {children}
        <label>
          Reason, for the audit log (required)
          <input
            ref={reason}
            name="why"
            value={why}
            maxLength={200}
            aria-required="true"
            aria-invalid={isMissing}
            aria-describedby={hint}
            autofocus
            onInput={(event) => {
              setWhy(event.currentTarget.value);
              setIsMissing(false);
            }}
          />
        </label>
        <p id={hint} class={isMissing ? 'problem' : 'quiet'} role={isMissing ? 'alert' : undefined}>
          {isMissing ? 'Give a reason first.' : 'Say why in a few words. Your colleagues read it in the audit log.'}
        </p>
        <Problem text={problem} />
        <div class="buttons">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="submit"
            class={isFinal ? 'danger' : 'primary'}
            disabled={isBusy || offBecause !== undefined}
            aria-describedby={offBecause === undefined ? undefined : `${hint}-off`}
          >
            {isBusy ? 'Working…' : action}
          </button>
          {offBecause !== undefined && (
            <span id={`${hint}-off`} class="quiet">
              {offBecause}
            </span>
          )}
        </div>
      </form>
    </dialog>
  );
}
