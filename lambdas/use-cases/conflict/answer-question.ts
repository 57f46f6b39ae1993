import type { Choice } from '../../contract/conflict-record.ts';
import { jsonRoundTripProblem } from '../../contract/json-round-trip.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { nestsDeeperThan } from '../../domain/boundary/json-depth.ts';
import { readJson } from '../../domain/conflict/lossless-json.ts';
import { containsMask, MASK } from '../../domain/conflict/redact.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Asking, DecisionNotes, Wake } from './decisions.ts';

export interface Decision {
  readonly id: string;
  /** The question that was looked at; absent: whatever is asked now. */
  readonly question?: string;
  readonly choice: Choice;
  /** JSON text of the whole state that is to be, where the choice is `merged`. */
  readonly body?: string;
  readonly by: string;
  readonly why: string;
}

export interface AnswerTools {
  readonly ledger: Pick<Ledger, 'get' | 'now'>;
  readonly notes: Pick<DecisionNotes, 'answer'>;
  readonly wake: Wake;
}

/** A decision can't be taken; the message says why, and what can be done. */
export class DecisionError extends Error {
  override readonly name = 'DecisionError';
}

export const MAX_WHY_LENGTH = 500;
export const MAX_BY_LENGTH = 100;
/** As much as of a state is compared. */
const MAX_BODY_BYTES = 65_536;
const MAX_DEPTH = 32;
/** Bytes of JSON of a failure with a decision: the ledger's item has 400 KB, of which its next steps need some. */
const MAX_ENTRY_BYTES = 380_000;

/**
 * Records what a human has decided, once, and wakes the machine that waits for it.
 *
 * @throws DecisionError where nothing is asked, or that can't be the answer
 */
export async function answerQuestion(decision: Decision, { ledger, notes, wake }: AnswerTools): Promise<Asking> {
  const entry = asking(await ledger.get(decision.id), decision, ledger.now);
  const reason = unfit(decision, entry);
  if (reason !== undefined) throw new DecisionError(reason);
  const { choice, by, why, body } = decision;
  const at = new Date(ledger.now).toISOString();
  const isFirst = await notes.answer(entry, { choice, by, why, at, ...(body !== undefined && { body }) });
  if (!isFirst) throw new DecisionError('the question has changed, or somebody else has just answered it: look again');
  if (entry.question.token !== undefined) await wake(entry.question.token);
  return entry;
}

/** The failure, with a question that can be answered. */
export function asking(
  entry: LedgerEntry | undefined,
  { id, question }: Pick<Decision, 'id' | 'question'>,
  now: number,
): Asking {
  if (!entry) throw new DecisionError(`the ledger has no failure '${id}'`);
  const { question: asked } = entry;
  if (entry.state !== 'open') throw new DecisionError(`'${id}' has its outcome already: ${entry.outcome}`);
  if (entry.undo) throw new DecisionError(`'${id}' is given up, and what was completed before it is being undone`);
  if (!asked) throw new DecisionError(`nothing is asked about '${id}'`);
  if (asked.answer) throw new DecisionError(`'${id}' was decided by ${asked.answer.by} at ${asked.answer.at}`);
  if (Date.parse(asked.until) <= now) throw new DecisionError(`it is too late: the question ended at ${asked.until}`);
  if (question !== undefined && question !== asked.id) {
    throw new DecisionError(`the question is now ${asked.id}, got ${question}: look at both versions again`);
  }
  return { ...entry, question: asked };
}

/** Why a decision can't be carried out, if it can't. */
function unfit({ choice, body, by, why }: Decision, entry: Asking): string | undefined {
  if (by.trim() === '' || by.length > MAX_BY_LENGTH) return `who decides must be 1 to ${MAX_BY_LENGTH} characters`;
  if (why.trim() === '' || why.length > MAX_WHY_LENGTH) return `the reason must be 1 to ${MAX_WHY_LENGTH} characters`;
  if ((choice === 'merged') !== (body !== undefined)) return 'a body goes with the choice merged, and with no other';
  return (
    impossible(choice, entry) ?? (body === undefined ? undefined : (unfitBody(body) ?? tooLargeTogether(entry, body)))
  );
}

function tooLargeTogether(entry: Asking, body: string): string | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(entry)) + Buffer.byteLength(body);
  if (bytes <= MAX_ENTRY_BYTES) return undefined;
  return `the body and the failure must have at most ${MAX_ENTRY_BYTES} bytes together, got ${bytes}: choose ours, theirs or abandon`;
}

/** Why nobody can choose that here, whatever else is said; undefined where it can be chosen. */
export function impossible(choice: Choice, { failure, question, conflict }: Asking): string | undefined {
  const method = failure?.operation.method;
  const isGone = question.state === 'gone';
  if (isGone && method === 'PATCH' && (choice === 'ours' || choice === 'merged')) {
    return 'a patch can not bring back what was deleted: choose theirs or abandon';
  }
  const isRefused = question.version !== undefined && conflict?.refused.includes(question.version);
  if (isRefused && (choice === 'ours' || choice === 'merged')) {
    return 'their version was refused already, and is not sent again: choose theirs or abandon';
  }
  return method === 'DELETE' && choice === 'merged'
    ? 'a deletion has no body: choose ours, theirs or abandon'
    : undefined;
}

function unfitBody(body: string): string | undefined {
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) return `the body must have at most ${MAX_BODY_BYTES} bytes`;
  if (nestsDeeperThan(body, MAX_DEPTH)) return `the body must nest at most ${MAX_DEPTH} levels deep`;
  try {
    const state: unknown = JSON.parse(body);
    const reason = jsonRoundTripProblem(state);
    if (reason !== undefined) return `the body ${reason}`;
    if (containsMask(state)) return `the body must not hold ${MASK}, which stands for a value that you were not shown`;
  } catch {
    return 'the body must be valid JSON';
  }
  return readJson(body) === undefined ? 'the body must not hold numbers that lose digits' : undefined;
}
