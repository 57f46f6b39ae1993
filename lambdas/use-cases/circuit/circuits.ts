import type { DependencySettings } from '../../contract/settings.ts';
import type { Breaker } from './breaker.ts';

/** The circuits that calls of this process go through. */
export interface Circuits {
  /** The tenant means something only where the dependency's config says `perTenant`. */
  of(settings: Pick<DependencySettings, 'name' | 'circuit'>, tenant?: string): Breaker;
}
