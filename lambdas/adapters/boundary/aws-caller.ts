import { LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { HttpOperation } from '../../contract/failure.ts';
import type { AwsSettings } from '../../contract/settings.ts';
import type { Clock } from '../../contract/time.ts';
import type { CallResult, PendingCall } from '../../domain/boundary/call-result.ts';
import { callKey } from '../../domain/ledger/effect-key.ts';
import type { CalledFor } from '../../use-cases/call.ts';
import type { Departure } from '../../use-cases/departure.ts';
import { AWS_CONNECT_MS, targetOf } from './aws-call.ts';
import { resumeExecution } from './execution-call.ts';
import { executionsOf } from './executions.ts';
import { invokeFunction } from './lambda-call.ts';
import { sendMessage } from './queue-call.ts';
import { type RoleCredentials, roleCredentials } from './role-credentials.ts';

export type AwsCaller = (
  operation: HttpOperation,
  settings: AwsSettings,
  entry: CalledFor,
  depart: Departure,
) => Promise<CallResult | PendingCall>;

/** Turns off the SDK's own retries: Backstop counts attempts itself, and each call has its own timeout. */
const ONCE = { maxAttempts: 1, requestHandler: { connectionTimeout: AWS_CONNECT_MS } } as const;
/**
 * Makes a connection for each call. A frozen instance would send on one that the service has closed, and could not tell
 * that from a call that the service has received.
 */
const AGENT = { keepAlive: false };
const ONCE_UNUSED = {
  ...ONCE,
  requestHandler: { ...ONCE.requestHandler, httpsAgent: AGENT, httpAgent: AGENT },
};

/**
 * Creates a caller of AWS resources. It creates one client per service, region and role, at the first call that needs
 * it.
 */
export function awsCaller(now: Clock = Date.now): AwsCaller {
  const lambda = perCaller((config) => new LambdaClient({ ...config, ...ONCE_UNUSED }));
  // Use the endpoint of the region or of the environment, not the host of the queue URL.
  const sqs = perCaller((config) => new SQSClient({ ...config, ...ONCE_UNUSED, useQueueUrlAsEndpoint: false }));
  const executions = perCaller((config) => executionsOf(new SFNClient({ ...config, ...ONCE })));
  const identityOf = identities(now);
  return async (operation, settings, entry, depart) => {
    const { correlationId, awaited } = entry;
    const key = callKey(entry, settings.name);
    const caller = { region: targetOf(settings).region, ...(await identityOf(settings)) };
    switch (settings.kind) {
      case 'lambda':
        return invokeFunction(operation, settings, { id: key, correlationId, depart }, lambda(caller));
      case 'queue':
        return sendMessage(
          operation,
          settings,
          { id: callKey({ ...entry, edited: 0 }, settings.name), key, depart },
          sqs(caller),
        );
      case 'state-machine': {
        const context = { failure: entry, awaited, executions: executions(caller), now: now(), depart };
        return resumeExecution(operation, settings, context);
      }
      default:
        return settings.kind satisfies never;
    }
  };
}

/** In whose name a client calls. Without a role, in that of the function. */
interface Identity {
  readonly role?: string;
  readonly credentials?: () => Promise<RoleCredentials>;
}

interface ClientConfig extends Pick<Identity, 'credentials'> {
  readonly region: string;
}

function perCaller<Client>(create: (config: ClientConfig) => Client): (caller: ClientConfig & Identity) => Client {
  const clients = new Map<string, Client>();
  return ({ role = '', ...config }) => {
    const key = `${config.region} ${role}`;
    const client = clients.get(key) ?? create(config);
    clients.set(key, client);
    return client;
  };
}

/**
 * Assumes a dependency's role before its call begins, because a refusal must not count as an answer of the dependency.
 */
function identities(now: Clock): (settings: AwsSettings) => Promise<Identity> {
  let credentialsOf: ReturnType<typeof roleCredentials> | undefined;
  return async ({ name, assumeRole: role }) => {
    if (!role) return {};
    // Load the client only when needed, because most pipelines stay within one account.
    credentialsOf ??= roleCredentials((await import('./assume-role.ts')).assumeRole(), now);
    const known = credentialsOf;
    await known(role, name);
    return { role: name, credentials: () => known(role, name) };
  };
}
