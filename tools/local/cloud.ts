import { setMaxListeners } from 'node:events';
import { readAssembly } from './assembly.ts';
import type { IsLate } from './canaries.ts';
import { type Deployable, type Deployment, Deployments } from './deployments.ts';
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
import { restApiAnswerer } from './rest-apis.ts';
import type { Site } from './site.ts';
import { stacksService } from './stacks.ts';
import { type StepFunctions, startStepFunctions } from './step-functions.ts';
import { startStreams } from './streams.ts';
import { Switches } from './switches.ts';
import { parametersOf, systemsManagerService } from './systems-manager.ts';
import { startTables } from './tables.ts';

export type { Deployment } from './deployments.ts';
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
   * Whether something has checked the definitions of the machines before. The check takes half of the start: it
   * compiles a schema for each.
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
  /** The calls of functions, machines and pipes that the policies denied, as AWS words it. */
  readonly denials: readonly string[];
  /** The judge of all calls. */
  readonly access: Pick<Access, 'onNeeded' | 'revoke'>;
  /** All executions since the start. */
  readonly executions: readonly ExecutionRecord[];
  /** Decides for each logical call of a handler or machine whether to inject a fault. */
  inject(decide: Hooks['decide']): void;
  /** Decides for each event whether its function receives it a second time. */
  redeliver(decide: Hooks['redeliver']): void;
  /**
   * Deploys another version of the app: functions, rules, mappings, pipes, parameters and machines are those of that
   * assembly, as are new queues. Tables, messages and executions stay. An alias with a canary gives the new version its
   * share first, while time passes. An alarm of the alias takes the deployment back.
   *
   * @param isLate functions and machines that stay as they are until the next deployment, as CloudFormation leaves them
   * for some minutes
   * @throws Error if another deployment has not ended, or if the version adds or removes a table
   */
  deploy(assembly: string, isLate?: IsLate): Promise<Deployment>;
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
    const first = readAssembly(options.assembly, endpoint);
    const assembly = new LiveAssembly(first);
    const access = new Access(assembly);
    checkDeliveries(assembly, access);
    Object.assign(judge, { access, assembly });
    const { onLog = () => {}, onChange = () => {}, hasCheckedMachines = false } = options;
    const stopped = stopping.signal;
    const switches = new Switches();
    const shared = { assembly, endpoint, serve, hooks, access, services, callers, switches, stopped };
    const site: Site = { ...shared, hasCheckedMachines, onLog, onChange };
    const { executions, metrics, ...running } = await startServices(site, stops, addresses);
    const deployments = new Deployments({ assembly, access, metrics, running, stopped }, first);
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
      denials: access.denials,
      access,
      userWith: (...policies) => ({ accessKeyId: access.addUser(policies), secretAccessKey: 'local' }),
      inject: (decide) => void Object.assign(hooks, { decide }),
      redeliver: (redeliver) => void Object.assign(hooks, { redeliver }),
      deploy: async (folder, isLate = () => false) => deployments.deploy(readAssembly(folder, endpoint), isLate),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Running extends Deployable, Pick<StepFunctions, 'executions'> {
  readonly metrics: Metrics;
}

async function startServices(
  site: Site,
  stops: (() => Promise<void>)[],
  addresses: GatewayOptions['addresses'],
): Promise<Running> {
  const queues = await startQueues(site);
  stops.push(queues.stop);
  const metrics = new Metrics(site.assembly, queues.oldestAge);
  const functions = new Functions(site, metrics);
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
  const { onLog } = site;
  site.onLog = (line) => {
    metrics.hear(line.text);
    onLog(line);
  };
  Object.assign(site.services, { cloudformation: stacksService(site.assembly), monitoring: metrics.service });
  const machines = startStepFunctions(site, functions, buses, metrics);
  site.services.states = machines.service;
  stops.push(machines.stop);
  const startWork = () => {
    addresses['function-urls'] = functionUrlAnswerer(site, functions);
    addresses['http-apis'] = httpApiAnswerer(site, functions);
    addresses['rest-apis'] = restApiAnswerer(site);
    startQueuePollers(site, queues, functions, replaced.signal);
    startPipes(site, queues, replaced.signal);
  };
  startWork();
  const deploy: Deployable['deploy'] = async (shifts, isLate) => {
    replaced.abort();
    replaced = replaceable(site);
    await queues.deploy();
    functions.deploy(shifts, isLate);
    machines.deploy(shifts, isLate);
    deliver = startStreams(site, queues, functions);
    current = startEventBuses(site, queues, functions, replaced.signal);
    startWork();
  };
  const complete = (target: string) => {
    functions.complete(target);
    machines.complete(target);
  };
  return { executions: machines.executions, metrics, deploy, complete };
}

/** Ends with the cloud, or when the next deployment replaces what it is for. */
function replaceable({ stopped }: Site): AbortController {
  const replaced = new AbortController();
  setMaxListeners(0, replaced.signal);
  stopped.addEventListener('abort', () => replaced.abort());
  return replaced;
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
