import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DependencySettings } from '../contract/settings.ts';

/** @throws Error that names the variable if it is not set, so that a misconfigured function fails at startup */
export function env(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`environment variable ${name} is not set`);
  return value;
}

/** @throws Error that names the variable if it is not set or no number */
export function envNumber(name: string): number {
  const value = Number(env(name));
  if (!Number.isFinite(value)) throw new Error(`environment variable ${name} is not a number`);
  return value;
}

/**
 * Reads the settings that the bundler wrote beside the handlers. Some ARNs and addresses are known only after the
 * deployment. They come from the variable `TARGETS`, which only functions with permission to call them have.
 *
 * @returns settings by dependency name
 */
export function loadDependencies(): ReadonlyMap<string, DependencySettings> {
  const text = readFileSync(join(env('LAMBDA_TASK_ROOT'), 'dependencies.json'), 'utf8');
  const settings = new Map<string, DependencySettings>(Object.entries(JSON.parse(text)));
  const targets: Record<string, string> = JSON.parse(process.env.TARGETS ?? '{}');
  for (const [name, target] of Object.entries(targets)) {
    const known = settings.get(name);
    if (known) settings.set(name, withTarget(known, target));
  }
  return settings;
}

/** Completes the settings with the ARN or the address that only the deployment knows. */
function withTarget(settings: DependencySettings, target: string): DependencySettings {
  return settings.kind === 'http' ? { ...settings, baseUrl: target } : { ...settings, targetArn: target };
}

/** Reads the texts of the runbook's sections that the bundler wrote beside the handlers. */
export function loadRunbook(): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(join(env('LAMBDA_TASK_ROOT'), 'runbook.json'), 'utf8'));
}

/** @throws Error if the settings lack this dependency, so that a misconfigured function fails at startup */
export function mustGet(name: string, dependencies = loadDependencies()): DependencySettings {
  const settings = dependencies.get(name);
  if (!settings) throw new Error(`dependencies.json has no settings for ${name}`);
  return settings;
}
