import { CIRCUIT_CHANGED, EVENT_SOURCE, OPERATION_FAILED, OPERATOR_ACTED } from '../../lambdas/contract/events.ts';
import { OUTCOME_FACTS, OUTCOMES } from '../../lambdas/contract/outcomes.ts';

/** AsyncAPI has a format of its own by default, which is older. */
const SCHEMA_FORMAT = 'application/schema+json;version=draft-2020-12';

interface Event {
  readonly detailTypes: readonly string[];
  /** Source of the event. @default - any */
  readonly source?: string;
  /** Name of the schema's file. */
  readonly schema: string;
  readonly summary: string;
}

/** What goes over each bus, by the name of the message. */
const TAKEN: Readonly<Record<string, Event>> = {
  operationFailed: {
    detailTypes: [OPERATION_FAILED],
    schema: 'operation-failed',
    summary: 'An operation failed: Backstop shall handle it.',
  },
};
const PUBLISHED: Readonly<Record<string, Event>> = {
  operationOutcome: {
    detailTypes: OUTCOMES.flatMap((outcome) => OUTCOME_FACTS[outcome].event ?? []),
    source: EVENT_SOURCE,
    schema: 'operation-outcome',
    summary: 'A failure has reached its outcome.',
  },
  circuitStateChanged: {
    detailTypes: [CIRCUIT_CHANGED],
    source: EVENT_SOURCE,
    schema: 'circuit-state-changed',
    summary: 'The circuit of a dependency has opened, closed, or changed otherwise.',
  },
  operatorActed: {
    detailTypes: [OPERATOR_ACTED],
    source: EVENT_SOURCE,
    schema: 'operator-acted',
    summary: 'An operator has acted.',
  },
};

/** The AsyncAPI document of both buses. It refers to the JSON Schemas beside it. */
export function asyncapi() {
  const messages = { ...TAKEN, ...PUBLISHED };
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Events of Backstop',
      version: '1',
      description: 'What Backstop takes and publishes on its two EventBridge buses. Backstop is the application here.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    channels: {
      failures: channel('The bus in the output BusName.', TAKEN),
      outcomes: channel('The bus in the output OutcomeBusName.', PUBLISHED),
    },
    operations: {
      takeFailures: operation('receive', 'failures', TAKEN),
      publishOutcomes: operation('send', 'outcomes', PUBLISHED),
    },
    components: {
      messages: Object.fromEntries(Object.entries(messages).map(([name, event]) => [name, message(event)])),
    },
  };
}

function channel(description: string, events: Readonly<Record<string, Event>>) {
  const messages = Object.keys(events).map((name) => [name, { $ref: `#/components/messages/${name}` }]);
  return { address: null, description, messages: Object.fromEntries(messages) };
}

function operation(action: 'receive' | 'send', name: string, events: Readonly<Record<string, Event>>) {
  const channelRef = `#/channels/${name}`;
  const messages = Object.keys(events).map((each) => ({ $ref: `${channelRef}/messages/${each}` }));
  return { action, channel: { $ref: channelRef }, messages };
}

/** The event as EventBridge delivers it. A producer gives its source, detail type and detail only. */
function message({ detailTypes, source, schema, summary }: Event) {
  return {
    summary,
    payload: {
      schemaFormat: SCHEMA_FORMAT,
      schema: {
        type: 'object',
        properties: {
          source: source === undefined ? { type: 'string' } : { const: source },
          'detail-type': { enum: detailTypes },
          detail: { $ref: `./${schema}.json` },
        },
        required: ['source', 'detail-type', 'detail'],
      },
    },
  };
}
