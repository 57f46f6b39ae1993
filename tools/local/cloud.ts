import { setMaxListeners } from 'node:events';
import { readAssembly } from './assembly.ts';
import { startEventBuses } from './event-bus.ts';
import type { ExecutionRecord } from './execution.ts';
import type { Hooks } from './faults.ts';
import { functionUrlAnswerer } from './function-urls.ts';
import { Functions } from './functions.ts';
import { type Caller, type GatewayOptions, startGateway } from './gateway.ts';
import { httpApiAnswerer } from './http-apis.ts';
import { lambdaService } from './lambda-api.ts';
import { Metrics } from './metrics.ts';
import { Permissions } from './permissions.ts';
import { startPipes } from './pipes.ts';
import { startQueuePollers } from './pollers.ts';
import { AwsError, jsonService, type Service } from './protocol.ts';
import { startQueues } from './queues.ts';
import type { Site } from './site.ts';
import { stacksService } from './stacks.ts';
import { startStepFunctions } from './step-functions.ts';
import { startStreams } from './streams.ts';
import { Switches } from './switches.ts';
import { parametersOf, systemsManagerService } from './systems-manager.ts';
import { startTables } from './tables.ts';

export type { ExecutionRecord, ExecutionStatus, ExecutionStep } from './execution.ts';
export type { CloudCall, Fault } from './faults.ts';
export type { StreamRecord } from './tables.ts';

export interface CloudOptions {
  /** Output folder of `cdk synth`. */
  readonly assembly: string;
  /** Values of the secrets, by name. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Receives each line that a function prints. */
  readonly onLog?: Site['onLog'];
  /** Receives each change of a table with a stream, after the write. */
  readonly onChange?: Site['onChange'];
}

/** A running cloud. */
export interface LocalCloud {
  /** The value for `AWS_ENDPOINT_URL`. */
  readonly endpoint: string;
  /** Outputs of all stacks, by logical id. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Values of all SSM parameters, by name. */
  readonly parameters: Readonly<Record<string, string>>;
  /** For AWS clients outside the cloud. Their calls never meet a fault. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Credentials of a new user who has these managed policies, by their ARNs, and no other permission. */
  userWith(...policies: readonly string[]): LocalCloud['credentials'];
  /** All executions since the start. */
  readonly executions: readonly ExecutionRecord[];
  /** Decides for each logical call of a handler or machine whether to inject a fault. */
  inject(decide: Hooks['decide']): void;
  /** Decides for each event whether its function receives it a second time. */
  redeliver(decide: Hooks['redeliver']): void;
  /** Stops all servers, timers and executions. */
  stop(): Promise<void>;
}

/**
 * Runs a cloud assembly on this machine.
 * @throws Error if a resource, or one of its properties, can't run locally.
 */
export async function startCloud(options: CloudOptions): Promise<LocalCloud> {
  const hooks: Hooks = { decide: () => undefined, redeliver: () => false };
  const services: Site['services'] = {
    secretsmanager: secretsService(options.secrets ?? {}),
  };
  const callers = new Map<string, Caller>();
  const addresses: GatewayOptions['addresses'] = {};
  const permissions: GatewayOptions['permissions'] = {};
  const gateway = await startGateway({ services, callers, hooks, addresses, permissions });
  const stopping = new AbortController();
  // Every schedule and every wait adds a listener.
  setMaxListeners(0, stopping.signal);
  const stops = [gateway.stop];
  const stop = async () => {
    stopping.abort();
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    const { endpoint, serve } = gateway;
    const assembly = readAssembly(options.assembly, endpoint);
    const granted = new Permissions(assembly.policy);
    permissions.current = granted;
    const { onLog = () => {}, onChange = () => {} } = options;
    const stopped = stopping.signal;
    const switches = new Switches();
    const site: Site = { assembly, endpoint, serve, hooks, services, callers, switches, stopped, onLog, onChange };
    const executions = await startServices(site, stops, { addresses, permissions: granted });
    return {
      endpoint,
      outputs: assembly.outputs,
      parameters: parametersOf(assembly),
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      executions,
      userWith: (...policies) => ({ accessKeyId: granted.add(policies), secretAccessKey: 'local' }),
      inject: (decide) => void Object.assign(hooks, { decide }),
      redeliver: (redeliver) => void Object.assign(hooks, { redeliver }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startServices(
  site: Site,
  stops: (() => Promise<void>)[],
  { addresses, permissions }: Pick<GatewayOptions, 'addresses'> & { readonly permissions: Permissions },
): Promise<readonly ExecutionRecord[]> {
  const queues = await startQueues(site);
  stops.push(queues.stop);
  const functions = new Functions(site);
  const deliver = startStreams(site, queues, functions);
  const tables = await startTables(site.assembly, (record) => {
    site.onChange(record);
    deliver(record);
  });
  stops.push(async () => functions.stop());
  const buses = startEventBuses(site, queues, functions);
  Object.assign(site.services, { sqs: queues.sqs, sns: queues.sns, dynamodb: tables, events: buses.service });
  site.services.ssm = systemsManagerService(site.assembly);
  site.services.lambda = lambdaService(site, functions, buses);
  addresses['function-urls'] = functionUrlAnswerer(site, functions);
  addresses['http-apis'] = httpApiAnswerer(site, functions, permissions);
  const metrics = new Metrics(site.assembly, queues.oldestAge);
  const { onLog } = site;
  site.onLog = (line) => {
    metrics.hear(line.text);
    onLog(line);
  };
  Object.assign(site.services, { cloudformation: stacksService(site.assembly), monitoring: metrics.service });
  const machines = startStepFunctions(site, functions, buses);
  site.services.states = machines.service;
  stops.push(machines.stop);
  startQueuePollers(site, queues, functions);
  startPipes(site, queues);
  return machines.executions;
}

function secretsService(secrets: Readonly<Record<string, string>>): Service {
  return jsonService({
    GetSecretValue: ({ SecretId }: { SecretId: string }) => {
      const SecretString = secrets[SecretId];
      if (SecretString === undefined)
        throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
      return {
        ARN: SecretId,
        Name: SecretId,
        SecretString,
        VersionId: 'local',
        VersionStages: ['AWSCURRENT'],
        CreatedDate: 0,
      };
    },
  });
}
