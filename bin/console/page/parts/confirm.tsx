import type { ComponentChildren, RefObject } from 'preact';
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
  const input = useRef<HTMLInputElement>(null);
  const [isMissing, setIsMissing] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const confirm = async (event: Event) => {
    event.preventDefault();
    const why = input.current?.value ?? '';
    setIsMissing(why.trim() === '');
    if (why.trim() === '') return input.current?.focus();
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
        <Reason input={input} isMissing={isMissing} onInput={() => setIsMissing(false)} />
        <Problem text={problem} />
        <div class="buttons">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <Submit action={isBusy ? 'Working…' : action} {...{ isFinal, isBusy, offBecause }} />
        </div>
      </form>
    </dialog>
  );
}

interface ReasonProps {
  readonly input: RefObject<HTMLInputElement | null>;
  /** Whether the operator has left it out. */
  readonly isMissing: boolean;
  readonly onInput: () => void;
}

function Reason({ input, isMissing, onInput }: ReasonProps) {
  const hint = useId();
  return (
    <>
      <label>
        Reason, for the audit log (required)
        <input
          ref={input}
          name="why"
          maxLength={200}
          aria-required="true"
          aria-invalid={isMissing}
          aria-describedby={hint}
          autofocus
          onInput={onInput}
        />
      </label>
      <p id={hint} class={isMissing ? 'problem' : 'quiet'} role={isMissing ? 'alert' : undefined}>
        {isMissing ? 'Give a reason first.' : 'Say why in a few words. Your colleagues read it in the audit log.'}
      </p>
    </>
  );
}

interface SubmitProps extends Pick<ConfirmProps, 'action' | 'offBecause'> {
  readonly isFinal: boolean;
  readonly isBusy: boolean;
}

function Submit({ action, isFinal, isBusy, offBecause }: SubmitProps) {
  const id = useId();
  const isOff = offBecause !== undefined;
  return (
    <>
      <button
        type="submit"
        class={isFinal ? 'danger' : 'primary'}
        disabled={isBusy || isOff}
        aria-describedby={isOff ? id : undefined}
      >
        {action}
      </button>
      {isOff && (
        <span id={id} class="quiet">
          {offBecause}
        </span>
      )}
    </>
  );
}
