import { ConfigError } from '../../lib/config/config-mistakes.ts';

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
