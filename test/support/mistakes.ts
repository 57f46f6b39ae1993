import { ConfigError } from '../../lib/config/validate-config.ts';

/** @returns the mistakes in a config. Empty if the config is valid. */
export function mistakesOf(act: () => unknown): readonly string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}
