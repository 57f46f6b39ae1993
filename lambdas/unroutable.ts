import { openUnroutable } from './adapters/lane/unroutable.ts';
import { withSafeErrors } from './adapters/telemetry.ts';

const rejectIfUnroutable = openUnroutable();

/** Keeps an event whose dependency the config doesn't name. The lanes take all others. */
export const handler = withSafeErrors((event) => rejectIfUnroutable(event));
