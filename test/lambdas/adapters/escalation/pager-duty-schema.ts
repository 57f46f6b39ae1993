/**
 * Schema of an event in PagerDuty's Events API v2. Its source is the `/enqueue` request in PagerDuty's OpenAPI document
 * (`reference/events-v2` of github.com/PagerDuty/api-schema).
 * {@link https://developer.pagerduty.com/docs/send-alert-event} adds the lengths. This schema is stricter: it rejects
 * unknown fields.
 */
export const PAGER_DUTY_EVENT = {
  type: 'object',
  additionalProperties: false,
  required: ['routing_key', 'event_action'],
  properties: {
    routing_key: { type: 'string', minLength: 32, maxLength: 32 },
    event_action: { enum: ['trigger', 'acknowledge', 'resolve'] },
    dedup_key: { type: 'string', minLength: 1, maxLength: 255 },
    client: { type: 'string' },
    client_url: { type: 'string' },
    payload: {
      type: 'object',
      additionalProperties: false,
      required: ['summary', 'severity', 'source'],
      properties: {
        summary: { type: 'string', minLength: 1, maxLength: 1_024 },
        timestamp: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$' },
        severity: { enum: ['critical', 'warning', 'error', 'info'] },
        source: { type: 'string', minLength: 1 },
        component: { type: 'string' },
        group: { type: 'string' },
        class: { type: 'string' },
        custom_details: { type: 'object' },
      },
    },
    links: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['href'],
        properties: { href: { type: 'string', pattern: '^https?://' }, text: { type: 'string' } },
      },
    },
    images: { type: 'array' },
  },
  // All other actions must name their alert.
  if: { properties: { event_action: { const: 'trigger' } } },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
  then: { required: ['payload'] },
  else: { required: ['dedup_key'] },
} as const;
