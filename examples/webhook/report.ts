/** What the webhook takes. Its patterns keep quotes and control characters out of the template. */
export const FAILED_CHARGE = {
  type: 'object',
  required: ['order', 'failedAt', 'charge'],
  properties: {
    order: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$' },
    failedAt: { type: 'string', pattern: '^[0-9TZ:.+-]{20,35}$' },
    status: { type: 'integer', minimum: 100, maximum: 599 },
    charge: { type: 'object' },
  },
};

/** The detail of `Operation Failed`, with expressions for what the request says. */
const DETAIL = JSON.stringify({
  version: 1,
  id: "$input.path('$.order')-charge",
  correlationId: "$input.path('$.order')",
  dependency: 'payments',
  occurredAt: "$input.path('$.failedAt')",
  operation: {
    method: 'POST',
    path: '/charges',
    headers: { 'idempotency-key': "$input.path('$.order')-charge" },
    body: '@charge',
  },
  error: { name: 'ChargeFailed', statusCode: '@status' },
});

/**
 * Parts of the detail that are JSON themselves. `escapeJavaScript` escapes single quotes, too, which JSON does not
 * know.
 */
const JSON_PARTS = {
  '@charge': `$util.escapeJavaScript($input.json('$.charge')).replaceAll("\\\\'", "'")`,
  '@status': "#if($input.path('$.status') != '')$input.path('$.status')#{else}503#end",
};

/** The mapping template: makes a request to `PutEvents` from the request to the webhook. */
export function putEventsTemplate(bus: string, source: string): string {
  const text = JSON.stringify(DETAIL);
  const detail = Object.entries(JSON_PARTS).reduce(
    (all, [name, part]) => all.replace(`\\"${name}\\"`, () => part),
    text,
  );
  return `{"Entries":[{"EventBusName":"${bus}","Source":"${source}","DetailType":"Operation Failed","Detail":${detail}}]}`;
}

/** PutEvents answers 200 for an entry that it refused. The sender must try again then. */
export const ANSWER_TEMPLATE =
  "#if($input.path('$.FailedEntryCount') != 0)#set($context.responseOverride.status = 503)#end{}";
