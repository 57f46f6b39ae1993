import { setMaxListeners } from 'node:events';
import { type Assembly, readAssembly } from './assembly.ts';
import { type EventBuses, startEventBuses } from './event-bus.ts';
import type { ExecutionRecord } from './execution.ts';
import type { Hooks } from './faults.ts';
import { functionUrlAnswerer } from './function-urls.ts';
import { Functions } from './functions.ts';
import { type Caller, type GatewayOptions, startGateway } from './gateway.ts';
import { httpApiAnswerer } from './http-apis.ts';
import { lambdaService } from './lambda-api.ts';
import { LiveAssembly } from './live-assembly.ts';
import { Metrics } from './metrics.ts';
import { objectsService } from './objects.ts';
import { startPipes } from './pipes.ts';
import { Access } from './policies/access.ts';
import { checkDeliveries } from './policies/deliveries.ts';
import { startQueuePollers } from './pollers.ts';
import { AwsError, jsonService, type Service } from './protocol.ts';
import { startQueues } from './queues.ts';
import type { Site } from './site.ts';
import { stacksService } from './stacks.ts';
import { type StepFunctions, startStepFunctions } from './step-functions.ts';
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
  /**
   * Whether something has checked the definitions of the machines before. The check takes half of the start: it compiles
   * a schema for each.
   *
   * @default false
   */
  readonly hasCheckedMachines?: boolean;
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
  /**
   * Deploys another version of the app: functions, rules, mappings, pipes, parameters and machines are those of that
   * assembly, as are new queues. Tables, messages and executions stay.
   *
   * @throws Error if the version adds or removes a table
   */
  deploy(assembly: string): Promise<void>;
  /** Stops all servers, timers and executions. */
  stop(): Promise<void>;
}

/**
 * Runs a cloud assembly on this machine. Judges each call of a function, machine or pipe by the policies of the
 * templates, and denies it as AWS does.
 *
 * @throws Error if a resource, or one of its properties, can't run locally, or if no policy allows a declared delivery.
 */
export async function startCloud(options: CloudOptions): Promise<LocalCloud> {
  const hooks: Hooks = { decide: () => undefined, redeliver: () => false };
  const services: Site['services'] = {
    secretsmanager: secretsService(options.secrets ?? {}),
  };
  const callers = new Map<string, Caller>();
  const addresses: GatewayOptions['addresses'] = {};
  const judge: GatewayOptions['judge'] = {};
  const gateway = await startGateway({ services, callers, hooks, addresses, judge });
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
    const assembly = new LiveAssembly(readAssembly(options.assembly, endpoint));
    const access = new Access(assembly);
    checkDeliveries(assembly, access);
    judge.access = access;
    const { onLog = () => {}, onChange = () => {}, hasCheckedMachines = false } = options;
    const stopped = stopping.signal;
    const switches = new Switches();
    const shared = { assembly, endpoint, serve, hooks, access, services, callers, switches, stopped };
    const site: Site = { ...shared, hasCheckedMachines, onLog, onChange };
    const { executions, deploy } = await startServices(site, stops, addresses);
    return {
      endpoint,
      get outputs() {
        return assembly.outputs;
      },
      get parameters() {
        return parametersOf(assembly);
      },
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      executions,
      userWith: (...policies) => ({ accessKeyId: access.addUser(policies), secretAccessKey: 'local' }),
      inject: (decide) => void Object.assign(hooks, { decide }),
      redeliver: (redeliver) => void Object.assign(hooks, { redeliver }),
      deploy: async (folder) => {
        const next = readAssembly(folder, endpoint);
        refuseOtherTables(assembly, next);
        assembly.deploy(next);
        access.deploy();
        checkDeliveries(next, access);
        await deploy();
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What keeps its state over deployments. */
interface Running extends Pick<StepFunctions, 'executions'> {
  /** Starts what the assembly has now, in place of what it had before. */
  readonly deploy: () => Promise<void>;
}

async function startServices(
  site: Site,
  stops: (() => Promise<void>)[],
  addresses: GatewayOptions['addresses'],
): Promise<Running> {
  const queues = await startQueues(site);
  stops.push(queues.stop);
  const functions = new Functions(site);
  let replaced = replaceable(site);
  let deliver = startStreams(site, queues, functions);
  const tables = await startTables(site.assembly, (record) => {
    site.onChange(record);
    deliver(record);
  });
  stops.push(async () => functions.stop());
  let current = startEventBuses(site, queues, functions, replaced.signal);
  const buses: EventBuses = {
    service: (...request) => current.service(...request),
    publish: (...event) => current.publish(...event),
    invoke: (...invocation) => current.invoke(...invocation),
  };
  Object.assign(site.services, { sqs: queues.sqs, sns: queues.sns, dynamodb: tables, events: buses.service });
  site.services.s3 = objectsService(site.assembly);
  site.services.ssm = systemsManagerService(site.assembly);
  site.services.lambda = lambdaService(site, functions, buses);
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
  const startWork = () => {
    addresses['function-urls'] = functionUrlAnswerer(site, functions);
    addresses['http-apis'] = httpApiAnswerer(site, functions);
    startQueuePollers(site, queues, functions, replaced.signal);
    startPipes(site, queues, replaced.signal);
  };
  startWork();
  const deploy = async () => {
    replaced.abort();
    replaced = replaceable(site);
    await queues.deploy();
    functions.deploy();
    machines.deploy();
    deliver = startStreams(site, queues, functions);
    current = startEventBuses(site, queues, functions, replaced.signal);
    startWork();
  };
  return { executions: machines.executions, deploy };
}

/** Ends with the cloud, or when the next deployment replaces what it is for. */
function replaceable({ stopped }: Site): AbortController {
  const replaced = new AbortController();
  setMaxListeners(0, replaced.signal);
  stopped.addEventListener('abort', () => replaced.abort());
  return replaced;
}

const TABLES = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'];

function refuseOtherTables(before: Assembly, after: Assembly): void {
  const [had, has] = [before, after].map((assembly) =>
    assembly
      .all(...TABLES)
      .map(({ name }) => name)
      .toSorted(),
  );
  if (String(had) !== String(has)) throw new Error(`the embedded cloud keeps its tables, got ${has} after ${had}`);
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
