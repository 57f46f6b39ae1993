import type { DependencySettings } from '../../contract/settings.ts';
import type { Breaker } from './breaker.ts';

/** The circuits of this process. */
export interface Circuits {
  /** Returns the breaker of a dependency. Ignores the tenant unless the dependency's config sets `perTenant`. */
  of(settings: Pick<DependencySettings, 'name' | 'circuit'>, tenant?: string): Breaker;
}
