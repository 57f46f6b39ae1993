import { type Trouble, UNDOS } from '../../tools/demo/order-saga/shop.ts';
import { NOTHING } from './order-world.ts';

type Action = keyof typeof UNDOS;
type Failing = Extract<Trouble, 'fails-before' | 'fails-after'>;

/**
 * An order in which an action fails, and then an undo as well, at every retry.
 *
 * This table and its functions predict what the saga sample does. A test runs each row:
 *
 *     for (const failure of UNDO_FAILURES) { // every action × every undo that then runs × before or after the effect
 *       // Injects `trouble` at `action` and `undoTrouble` at `undoOf`, delivers everything `deliveries` times.
 *       booksAfter(failure); // how often each action and its undo happened
 *       balanceAfter(failure); // actions minus undos
 *       undosAsked(failure); // requests for each undo
 *       statesAfter(failure); // the report to humans
 *     }
 *
 * The functions derive their answers from `PARTS`, the order of the saga, and not from a run.
 */
export interface UndoFailure {
  readonly action: Action;
  readonly trouble: Failing;
  /** The action whose undo fails. */
  readonly undoOf: Action;
  readonly undoTrouble: Failing;
  /** Number of times that each call reaches the shop. */
  readonly deliveries: 1 | 2;
}

/** The undoable parts of the saga in order. Actions of one part run in parallel. */
const PARTS: readonly (readonly Action[])[] = [['reserve'], ['charge'], ['invoice', 'label'], ['ship']];
const ACTIONS = PARTS.flat();
const WAYS = ['fails-before', 'fails-after'] as const satisfies readonly Failing[];
/** One call, plus the retries of the undo policy. */
const TRIES = 9;

/**
 * Combines every failing action with every failing undo that then runs, each before and after its effect.
 * Delivers every other row twice, so that each action and each undo has rows with one and with two deliveries.
 */
export const UNDO_FAILURES: readonly UndoFailure[] = ACTIONS.flatMap((action) =>
  ACTIONS.filter((undoOf) => partOf(undoOf) <= partOf(action)).flatMap((undoOf) =>
    WAYS.flatMap((trouble, first) =>
      WAYS.map((undoTrouble, second) => {
        const parity = ACTIONS.indexOf(action) + ACTIONS.indexOf(undoOf) + first + second;
        return { action, trouble, undoOf, undoTrouble, deliveries: parity % 2 === 0 ? (1 as const) : (2 as const) };
      }),
    ),
  ),
).filter((failure) => !isOpen(failure));

/**
 * Predicts how often each action and its undo happened.
 * Omits actions parallel to the failing one: whether they ran is a race, so only their balance is certain.
 */
export function booksAfter(failure: UndoFailure): Partial<Record<Action, readonly [done: number, undone: number]>> {
  const certain = ACTIONS.filter((action) => !isBeside(action, failure));
  return Object.fromEntries(
    certain.map((action) => {
      const done = timesDone(action, failure);
      return [action, [done, action === leftBy(failure) ? 0 : done]];
    }),
  );
}

/** Predicts the balance: zero, except for an action whose undo had no effect. */
export function balanceAfter(failure: UndoFailure): Readonly<Record<string, number>> {
  const left = leftBy(failure);
  return left === undefined ? NOTHING : { ...NOTHING, [left]: 1 };
}

/** Predicts how often the shop receives a request for each undo. */
export function undosAsked(failure: UndoFailure): Readonly<Record<string, number>> {
  const tries = (action: Action) => {
    if (partOf(action) > partOf(failure.action)) return 0;
    return action === failure.undoOf ? TRIES : 1;
  };
  return Object.fromEntries(ACTIONS.map((action) => [UNDOS[action], tries(action) * failure.deliveries]));
}

/** Predicts the state of each step in the report to humans. */
export function statesAfter({ action, undoOf }: UndoFailure): object {
  const stateOf = (each: Action) => {
    if (partOf(each) > partOf(action)) return { state: 'not begun' };
    return each === undoOf ? { state: 'undo failed', error: 'ShopError' } : { state: 'undone' };
  };
  const states = PARTS.map((part) => {
    const steps = part.map((each) => [named(each), stateOf(each)] as const);
    const [only] = steps;
    return [steps.map(([name]) => name).join('_'), steps.length === 1 ? only?.[1] : Object.fromEntries(steps)];
  });
  return { ...Object.fromEntries(states), Notify: { state: 'not begun' } };
}

/** Whether the result is a race: the action runs parallel to the failing one, and its undo fails without effect. */
function isOpen(failure: UndoFailure): boolean {
  return isBeside(failure.undoOf, failure) && failure.undoTrouble === 'fails-before';
}

/** The action that happened, but whose undo did not. */
function leftBy(failure: UndoFailure): Action | undefined {
  const { undoOf, undoTrouble } = failure;
  return undoTrouble === 'fails-before' && timesDone(undoOf, failure) > 0 ? undoOf : undefined;
}

function timesDone(action: Action, { action: failing, trouble }: UndoFailure): number {
  if (action === failing) return trouble === 'fails-after' ? 1 : 0;
  return partOf(action) < partOf(failing) ? 1 : 0;
}

function isBeside(action: Action, { action: failing }: UndoFailure): boolean {
  return action !== failing && partOf(action) === partOf(failing);
}

function partOf(action: Action): number {
  return PARTS.findIndex((part) => part.includes(action));
}

function named(action: Action): string {
  return `${action[0]?.toUpperCase()}${action.slice(1)}`;
}
