import type { Choice } from '../../contract/conflict-record.ts';
import type { FailureKey } from '../../contract/failure-key.ts';
import type { LedgerEntry } from '../../contract/ledger-entry.ts';
import { iso } from '../../contract/time.ts';
import { writeFailure } from '../../domain/boundary/failure-json.ts';
import { containsMask, MASK } from '../../domain/conflict/redact.ts';
import { nestsDeeperThan } from '../../domain/json/json-depth.ts';
import { readJson } from '../../domain/json/lossless-json.ts';
import type { QuestionedEntry } from '../../domain/ledger/ledger-changes.ts';
import { MAX_SIGNATURE_LENGTH, MAX_WHY_LENGTH } from '../../domain/operator/act.ts';
import type { Ledger } from '../ledger/ledger.ts';

export interface Decision {
  readonly key: FailureKey;
  readonly id: string;
  /** Id of the question that the operator saw; absent: the current question. */
  readonly question?: string;
  readonly choice: Choice;
  /** JSON text of the whole merged state, if the choice is `merged`. */
  readonly body?: string | undefined;
  readonly by: string;
  readonly why: string;
}

/** Wakes the execution that waits with this task token. Does nothing if it no longer waits. */
export type Wake = (token: string) => Promise<void>;

interface AnswerPorts {
  readonly ledger: Pick<Ledger, 'now' | 'get' | 'recordAnswer'>;
  readonly wake: Wake;
}

/** The decision is not possible; the message says why, and what to do instead. */
export class DecisionError extends Error {
  override readonly name = 'DecisionError';
}

/** Equals the limit on a state that Backstop compares. */
const MAX_BODY_BYTES = 65_536;
const MAX_DEPTH = 32;
/** Most bytes of JSON of a failure with its decision. DynamoDB limits an item to 400 KB, and later steps need room. */
const MAX_ENTRY_BYTES = 380_000;

/**
 * Records a human's decision once, and wakes the execution that waits for it.
 *
 * @throws DecisionError if there is no open question, or the decision is not a possible answer
 */
export async function answerQuestion(decision: Decision, { ledger, wake }: AnswerPorts): Promise<QuestionedEntry> {
  const entry = requireOpenQuestion(await ledger.get(decision.key), decision, ledger.now);
  const reason = validateDecision(decision, entry);
  if (reason !== undefined) throw new DecisionError(reason);
  const { choice, by, why, body } = decision;
  const at = iso(ledger.now);
  const isFirst = await ledger.recordAnswer(entry, { choice, by, why, at, body });
  if (!isFirst) throw new DecisionError('the question has changed, or someone else has just answered it: look again');
  if (entry.question.token !== undefined) await wake(entry.question.token);
  return entry;
}

/**
 * Returns the failure with its open question.
 *
 * @throws DecisionError if the failure has no open question, or another one than `question`
 */
export function requireOpenQuestion(
  entry: LedgerEntry | undefined,
  { id, question }: Pick<Decision, 'id' | 'question'>,
  now: number,
): QuestionedEntry {
  if (!entry) throw new DecisionError(`no failure has the id '${id}'`);
  const { question: asked } = entry;
  if (entry.state !== 'open') throw new DecisionError(`'${id}' is already settled: ${entry.outcome}`);
  if (entry.undo) throw new DecisionError(`'${id}' was given up and its completed steps are being undone`);
  if (!asked) throw new DecisionError(`'${id}' has no open question`);
  if (asked.answer) throw new DecisionError(`'${id}' was already decided by ${asked.answer.by} at ${asked.answer.at}`);
  if (Date.parse(asked.until) <= now) throw new DecisionError(`too late: the question closed at ${asked.until}`);
  if (question !== undefined && question !== asked.id) {
    throw new DecisionError(`the question is now ${asked.id}, got ${question}: look at both versions again`);
  }
  return { ...entry, question: asked };
}

/** Returns why a decision is invalid; undefined if it is valid. */
function validateDecision({ choice, body, by, why }: Decision, entry: QuestionedEntry): string | undefined {
  if (by.trim() === '' || by.length > MAX_SIGNATURE_LENGTH)
    return `who decides must be 1 to ${MAX_SIGNATURE_LENGTH} characters`;
  if (why.trim() === '' || why.length > MAX_WHY_LENGTH) return `the reason must be 1 to ${MAX_WHY_LENGTH} characters`;
  if ((choice === 'merged') !== (body !== undefined)) return 'a body is valid only with the choice merged';
  return (
    validateChoice(choice, entry) ??
    (body === undefined ? undefined : (validateBody(body) ?? validateSize(entry, body)))
  );
}

function validateSize(entry: QuestionedEntry, body: string): string | undefined {
  const { failure, ...facts } = entry;
  const texts = [JSON.stringify(facts), failure ? writeFailure(failure) : '', body];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes <= MAX_ENTRY_BYTES) return undefined;
  return `the body and the failure must have at most ${MAX_ENTRY_BYTES} bytes together, got ${bytes}: choose ours, theirs or abandon`;
}

/** Returns why the choice is not possible for this failure; undefined if it is. */
export function validateChoice(
  choice: Choice,
  { failure, question, conflict }: Pick<QuestionedEntry, 'failure' | 'question' | 'conflict'>,
): string | undefined {
  // The operator's tool has no failure, and the questions of earlier versions say nothing about it.
  const method = failure?.operation.method ?? question.about?.method;
  const isGone = question.state === 'gone';
  if (isGone && method === 'PATCH' && (choice === 'ours' || choice === 'merged')) {
    return "a patch can't restore a deleted resource: choose theirs or abandon";
  }
  const isRefused = question.version !== undefined && conflict?.refused.includes(question.version);
  if (isRefused && (choice === 'ours' || choice === 'merged')) {
    return 'the dependency already refused a write on their version: choose theirs or abandon';
  }
  return method === 'DELETE' && choice === 'merged'
    ? 'a deletion has no body: choose ours, theirs or abandon'
    : undefined;
}

function validateBody(body: string): string | undefined {
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) return `the body must have at most ${MAX_BODY_BYTES} bytes`;
  if (nestsDeeperThan(body, MAX_DEPTH)) return `the body must nest at most ${MAX_DEPTH} levels deep`;
  try {
    if (containsMask(JSON.parse(body)))
      return `the body must not contain ${MASK}, which stands for a value that you were not shown`;
  } catch {
    return 'the body must be valid JSON';
  }
  return readJson(body) === undefined ? UNREADABLE : undefined;
}

const UNREADABLE = 'the body must not contain a member twice, a member named __proto__, or half of a surrogate pair';
