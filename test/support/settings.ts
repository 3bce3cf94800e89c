import { expect } from 'vitest';
import { ConfigError, type Environment, loadConfig } from '../../src/config.ts';

/** What is refused of these settings. */
export function problemsOf(env: Environment): string[] {
  try {
    loadConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).problems;
  }
  return [];
}
