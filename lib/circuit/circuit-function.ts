import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { CircuitSettings, DependencySettings } from '../../lambdas/contract/settings.ts';
import { ConfigError } from '../config/validate-config.ts';
import { shown } from '../config/values.ts';
import { BackstopFunction } from '../parts/backstop-function.ts';
import { allowItems } from '../parts/permissions.ts';
import type { SharedParts } from '../parts/shared-parts.ts';

interface CircuitFunctionProps extends Pick<SharedParts, 'code' | 'store' | 'logRetention'> {
  readonly settings: readonly DependencySettings[];
}

/**
 * Answers a {@link CircuitGuard} whether its state machine may call a dependency, and counts the results of its calls.
 */
export class CircuitFunction extends BackstopFunction {
  private readonly settings: readonly DependencySettings[];

  /** @internal */
  constructor(scope: Construct, id: string, { code, store, logRetention, settings }: CircuitFunctionProps) {
    super(scope, id, {
      code,
      handler: 'circuit',
      description: 'Answers state machines whether a circuit lets a call pass',
      timeout: Duration.seconds(10),
      environment: { CIRCUITS_TABLE: store.circuits.tableName },
      encryptionKey: store.encryptionKey,
      logRetention,
    });
    this.settings = settings;
    allowItems(this, store.circuits, 'GetItem', 'UpdateItem');
  }

  /**
   * @internal Returns the settings of a dependency's circuit.
   *
   * @throws ConfigError if the config has no such dependency
   */
  settingsOf(dependency: string): CircuitSettings {
    const found = this.settings.find(({ name }) => name === dependency);
    if (found) return found.circuit;
    const names = this.settings.map(({ name }) => shown(name)).join(', ');
    throw new ConfigError([`dependency must be one of ${names} (or add it to the config), got ${shown(dependency)}`]);
  }
}
