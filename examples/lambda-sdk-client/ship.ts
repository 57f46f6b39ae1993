import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type ReportSource, reportFailure } from '@backstop-cdk/backstop/report';

type Send = (body: string) => Promise<unknown>;

/** Tells the warehouse to ship an order. What SQS doesn't take, Backstop sends later. */
export function shipping(send: Send, options: { readonly reports?: ReportSource } = {}) {
  return async ({ order }: { readonly order: string }) => {
    const body = JSON.stringify({ order });
    try {
      await send(body);
      return { statusCode: 200 };
    } catch (error) {
      const failed = { dependency: 'warehouse', id: `${order}-ship`, operation: { body } };
      const { id } = await reportFailure(error, failed, options);
      return { statusCode: 202, body: id };
    }
  };
}

const sqs = new SQSClient();

export const handler = shipping((MessageBody) =>
  sqs.send(new SendMessageCommand({ QueueUrl: process.env.WAREHOUSE_QUEUE_URL, MessageBody })),
);
