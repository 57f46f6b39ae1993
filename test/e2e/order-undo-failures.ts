import { type Trouble, UNDOS } from '../../tools/demo/order-saga/shop.ts';
import { NOTHING } from './order-world.ts';

type Action = keyof typeof UNDOS;
type Failing = Extract<Trouble, 'fails-before' | 'fails-after'>;

/** An order in which an action fails, and then an undo as well, each time that it is tried. */
export interface UndoFailure {
  readonly action: Action;
  readonly trouble: Failing;
  /** The action whose undo fails. */
  readonly undoOf: Action;
  readonly undoTrouble: Failing;
  /** How often each call reaches the shop. */
  readonly deliveries: 1 | 2;
}

/** The saga as far as it can be undone, with what it does side by side. */
const PARTS: readonly (readonly Action[])[] = [['reserve'], ['charge'], ['invoice', 'label'], ['ship']];
const ACTIONS = PARTS.flat();
const WAYS = ['fails-before', 'fails-after'] as const satisfies readonly Failing[];
/** Once, and the retries of the policy for the undos of sagas. */
const TRIES = 9;

/**
 * Every action that fails, before and after its effect, with every undo that runs then, which fails likewise. Every other one is delivered
 * twice, so that each action and each undo has both.
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
 * How often each action has happened, and its undo. Nothing is said of what runs beside the action that fails: it may be done by then or
 * not, so that only its balance is known.
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

/** What is left of an order: nothing, but for what its undo had no effect on. */
export function balanceAfter(failure: UndoFailure): Readonly<Record<string, number>> {
  const left = leftBy(failure);
  return left === undefined ? NOTHING : { ...NOTHING, [left]: 1 };
}

/** How often the shop was asked for each undo. */
export function undosAsked(failure: UndoFailure): Readonly<Record<string, number>> {
  const tries = (action: Action) => {
    if (partOf(action) > partOf(failure.action)) return 0;
    return action === failure.undoOf ? TRIES : 1;
  };
  return Object.fromEntries(ACTIONS.map((action) => [UNDOS[action], tries(action) * failure.deliveries]));
}

/** What humans are told of each step. */
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

/** What is left of an action whose neighbour fails is a matter of timing where it is not undone. */
function isOpen(failure: UndoFailure): boolean {
  return isBeside(failure.undoOf, failure) && failure.undoTrouble === 'fails-before';
}

/** The action that happened, and whose undo did not. */
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
