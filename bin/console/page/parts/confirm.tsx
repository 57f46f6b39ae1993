import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem } from './basics.tsx';

interface ConfirmProps {
  readonly title: string;
  /** What will happen. */
  readonly children?: ComponentChildren;
  readonly action: string;
  /** Whether the action can't be taken back. @default false */
  readonly isFinal?: boolean;
  /** Whether the button is off for now. @default false */
  readonly isOff?: boolean;
  /** Does it. A rejection shows in the dialog, which stays open. */
  readonly onConfirm: (why: string) => Promise<unknown>;
  readonly onClose: () => void;
}

/** Asks for the reason of an action, and does it. */
export function Confirm({ title, children, action, isFinal = false, isOff = false, onConfirm, onClose }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [why, setWhy] = useState('');
  const [problem, setProblem] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const confirm = async (event: Event) => {
    event.preventDefault();
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
          Reason, for the audit log
          <input
            name="why"
            value={why}
            maxLength={200}
            required
            autofocus
            onInput={(event) => setWhy(event.currentTarget.value)}
          />
        </label>
        <Problem text={problem} />
        <div class="buttons">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class={isFinal ? 'danger' : 'primary'} disabled={isBusy || isOff || why.trim() === ''}>
            {isBusy ? 'Working…' : action}
          </button>
        </div>
      </form>
    </dialog>
  );
}
