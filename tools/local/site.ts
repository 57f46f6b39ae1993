import type { Assembly } from './assembly.ts';
import type { Hooks } from './faults.ts';
import type { Caller } from './gateway.ts';
import type { Service, ServiceName } from './protocol.ts';
import type { Switches } from './switches.ts';
import type { StreamRecord } from './tables.ts';

/** What the parts of the embedded cloud share. */
export interface Site {
  readonly assembly: Assembly;
  /** `http://127.0.0.1:<port>` of the gateway. */
  readonly endpoint: string;
  readonly hooks: Hooks;
  /** What the gateway serves; each part adds its own. */
  readonly services: Partial<Record<ServiceName, Service>>;
  /** Instances of the functions by the access key that they sign with. */
  readonly callers: Map<string, Caller>;
  readonly switches: Switches;
  /** Ends all waiting and polling. */
  readonly stopped: AbortSignal;
  onChange(record: StreamRecord): void;
  onLog(line: { readonly functionId: string; readonly text: string }): void;
}
