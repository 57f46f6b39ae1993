import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { BackstopQueue } from '../parts/backstop-queue.ts';
import { ALARM_PERIOD, type Escalations } from '../parts/escalations.ts';

export interface ParkedLettersProps {
  readonly encryptionKey: IKey;
  readonly escalations: Escalations;
}

/** Where letters rest whose failures have used up their cycles: nothing but a human takes them out again. */
export class ParkedLetters extends Construct {
  readonly queue: BackstopQueue;

  constructor(scope: Construct, id: string, { encryptionKey, escalations }: ParkedLettersProps) {
    super(scope, id);
    this.queue = new BackstopQueue(this, 'Queue', { encryptionKey });
    escalations.alarm(this, 'Alarm', {
      summary: 'Dead letters are parked: they used up their redrive cycles.',
      section: 'parked-letters',
      metric: this.queue.metricApproximateNumberOfMessagesVisible({ period: ALARM_PERIOD }),
    });
  }
}
