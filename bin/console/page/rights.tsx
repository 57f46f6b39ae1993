import type { ButtonHTMLAttributes } from 'preact';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

/** What AWS lets the operator do. */
export interface Rights {
  /** Changes of any kind. */
  readonly act: boolean;
  /** Operations without masks. */
  readonly reveal: boolean;
}

/** All, until AWS has answered. It enforces them anyway. */
export const ALL_RIGHTS: Rights = { act: true, reveal: true };

const Granted = createContext(ALL_RIGHTS);

export const RightsProvider = Granted.Provider;

export function useRights(): Rights {
  return useContext(Granted);
}

interface ActButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'type'> {
  /** The right that it needs. @default 'act' */
  readonly needs?: keyof Rights;
}

const DENIED: Readonly<Record<keyof Rights, string>> = {
  act: 'AWS lets you look, not act. The policy is in the output OperatorPolicyArn.',
  reveal: 'AWS does not let you reveal. The policy is in the output RevealPolicyArn.',
};

/** A button for operators with the right. For others it is off, and says why. */
export function ActButton({ needs = 'act', disabled = false, title, ...props }: ActButtonProps) {
  const isGranted = useRights()[needs];
  return (
    <button type="button" {...props} disabled={disabled || !isGranted} title={isGranted ? title : DENIED[needs]} />
  );
}

/** Says once, above all screens, that the operator can only look. */
export function ReadOnlyNote() {
  const { act } = useRights();
  if (act) return null;
  return (
    <p class="note" role="status">
      Read only: {DENIED.act}
    </p>
  );
}
