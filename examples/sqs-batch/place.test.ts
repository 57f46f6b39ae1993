import { memoryReports } from '@backstop-cdk/backstop/report';
import type { Context, SQSRecord } from 'aws-lambda';
import { expect, it } from 'vitest';
import { placing } from './place.ts';

const record = (messageId: string, receives: number) =>
  ({
    messageId,
    body: `{"order":"${messageId}"}`,
    attributes: { ApproximateReceiveCount: `${receives}` },
  }) as SQSRecord;
const CONTEXT = { getRemainingTimeInMillis: () => 30_000 } as Context;

it('reports what fails for good, and returns what may pass to the queue', async () => {
  const answers: Readonly<Record<string, number>> = { good: 201, refused: 422, down: 503, 'long-down': 503 };
  const reports = memoryReports();
  const place = placing(
    async (_, { body }) => new Response(null, { status: answers[JSON.parse(String(body)).order] ?? 500 }),
    { reports },
  );
  const Records = [record('good', 1), record('refused', 1), record('down', 1), record('long-down', 3)];
  expect(await place({ Records }, CONTEXT)).toEqual({ batchItemFailures: [{ itemIdentifier: 'down' }] });
  expect(reports.sent.map(({ id }) => id).toSorted()).toEqual(['long-down', 'refused']);
});
