import { ConfigError } from '../../lib/config/validate-config.ts';

/** What a config is refused for; nothing where it is accepted. */
export function mistakesOf(act: () => unknown): readonly string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}
