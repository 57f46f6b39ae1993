import type { SQSEvent } from 'aws-lambda';
import { notify } from './adapters/escalation/notify.ts';
import { openNotifier } from './adapters/escalation/open-notifier.ts';
import { withSafeErrors } from './adapters/telemetry.ts';

const ports = openNotifier();

/** Groups signals with one cause into one incident and notifies humans. */
export const handler = withSafeErrors((event) => notify((event as SQSEvent).Records, ports));
