import type { DependencyKind } from '../../lambdas/contract/settings.ts';
import { parseLaneMessage } from '../../lambdas/domain/boundary/failure-event.ts';
import { adoptDeadLetter } from '../../lambdas/domain/boundary/foreign-dead-letter.ts';
import { buildRequest } from '../../lambdas/domain/boundary/http-request.ts';
import { classify } from '../../lambdas/domain/classification/classify.ts';
import { OPTIONS } from '../../test/lambdas/domain/boundary/failure-samples.ts';
import { sampleSettings } from '../../test/support/samples.ts';

const SETTINGS = sampleSettings({ name: 'shop', baseUrl: 'https://api.example.test/v1' });
const ADMITTED = /^https:\/\/api\.example\.test\/v1\//;

/** The code of a message's rejection, or what the lane does with it. */
export type Fate = string;

/**
 * Puts a message through the boundary of a lane as the worker does: parses it; builds the request of an accepted
 * failure, and its verdict.
 *
 * @throws Error if anything throws, or if the request would leave the dependency
 */
export function crossBoundary(body: string, kind: DependencyKind): Fate {
  const parsed = parseLaneMessage(body, { ...OPTIONS, kindOf: () => kind });
  if (parsed.kind === 'reject') return parsed.reason.code;
  if (parsed.kind === 'redrive') return 'redrive';
  const { operation, error } = parsed.failure;
  classify(error, { rules: [], refreshable: false, attempts: 0, now: OPTIONS.now });
  if (kind === 'http') {
    const { url } = buildRequest(operation, SETTINGS, { correlationId: parsed.failure.correlationId });
    if (!ADMITTED.test(url.href)) throw new Error(`the request would go to ${url.origin}`);
  }
  return 'accepted';
}

/** Adopts a message of a foreign dead-letter queue, then puts its report through the boundary. */
export function adopt(body: string, kind: DependencyKind): Fate {
  const letter = {
    messageId: '1b2c3d4e-0000-4000-8000-000000000000',
    body,
    attributes: { SentTimestamp: String(OPTIONS.now) },
    messageAttributes: { note: { dataType: 'String', stringValue: body.slice(0, 300) } },
    eventSourceARN: 'arn:aws:sqs:us-east-1:111122223333:dead',
  };
  const adopted = adoptDeadLetter(letter, OPTIONS.dependency, kind);
  if (adopted.kind === 'reject') return adopted.reason.code;
  return crossBoundary(JSON.stringify(adopted.detail), kind);
}
