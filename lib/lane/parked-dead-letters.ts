import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { BackstopQueue } from '../parts/backstop-queue.ts';
import { ALARM_PERIOD, type Escalations } from '../parts/escalations.ts';

interface ParkedDeadLettersProps {
  readonly encryptionKey: IKey;
  readonly escalations: Escalations;
}

/** Keeps the dead letters of failures without redrive cycles left, until a human acts. */
export class ParkedDeadLetters extends Construct {
  /** Keeps the dead letters for 14 days. */
  readonly queue: Queue;

  /** @internal */
  constructor(scope: Construct, id: string, { encryptionKey, escalations }: ParkedDeadLettersProps) {
    super(scope, id);
    this.queue = new BackstopQueue(this, 'Queue', { encryptionKey });
    escalations.alarm(this, 'Alarm', {
      summary: 'Dead letters are parked: they used up their redrive cycles.',
      section: 'parked-letters',
      metric: this.queue.metricApproximateNumberOfMessagesVisible({ period: ALARM_PERIOD }),
    });
  }
}
