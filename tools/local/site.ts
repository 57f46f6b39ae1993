import type { Assembly } from './assembly.ts';
import type { Hooks } from './faults.ts';
import type { Caller } from './gateway.ts';
import type { Serve } from './in-process-request.ts';
import type { Access } from './policies/access.ts';
import type { ApiCall } from './policies/api-request.ts';
import type { Principal } from './policies/statement.ts';
import { type Answer, judged, type Service, type ServiceName } from './protocol.ts';
import type { Switches } from './switches.ts';
import type { StreamRecord } from './tables.ts';

/** State that the parts of the embedded cloud share. */
export interface Site {
  readonly assembly: Assembly;
  /** `http://127.0.0.1:<port>` of the gateway. */
  readonly endpoint: string;
  /** Answers a function's request to the gateway without a connection. */
  readonly serve: Serve;
  readonly hooks: Hooks;
  /** Judges calls by the policies of the templates. */
  readonly access: Access;
  /** The gateway's services. Each part adds its own. */
  readonly services: Partial<Record<ServiceName, Service>>;
  /** Function instances by access key. */
  readonly callers: Map<string, Caller>;
  readonly switches: Switches;
  /** Aborted when the cloud stops. Ends all waits and polls. */
  readonly stopped: AbortSignal;
  /** Whether something has checked the definitions of the machines before. */
  readonly hasCheckedMachines: boolean;
  onChange(record: StreamRecord): void;
  onLog(line: { readonly functionId: string; readonly text: string }): void;
}

/** Makes a call with the permissions of a role. @param by undefined is not judged */
export function callAs(
  { access, services }: Pick<Site, 'access' | 'services'>,
  by: Principal | undefined,
  call: ApiCall,
): Promise<Answer> {
  return judged(services[call.service] as Service, call, () => access.check(by, call));
}
