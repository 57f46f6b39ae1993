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
 * deployment. That of a worker's own dependency comes from the variable `TARGETS`.
 *
 * @returns settings by dependency name
 */
export function loadDependencies(): ReadonlyMap<string, DependencySettings> {
  const text = readFileSync(join(env('LAMBDA_TASK_ROOT'), 'dependencies.json'), 'utf8');
  const settings = new Map<string, DependencySettings>(Object.entries(JSON.parse(text)));
  const targets: Record<string, string> = JSON.parse(process.env.TARGETS ?? '{}');
  for (const [name, target] of Object.entries(targets)) {
    const known = settings.get(name);
    if (known) settings.set(name, completed(known, target));
  }
  return settings;
}

/** Completes the settings with the ARN or the address that only the deployment knows. */
export function completed(settings: DependencySettings, target: string): DependencySettings {
  return settings.kind === 'http' ? { ...settings, baseUrl: target } : { ...settings, targetArn: target };
}

/** Reads the texts of the runbook's sections that the bundler wrote beside the handlers. */
export function loadRunbook(): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(join(env('LAMBDA_TASK_ROOT'), 'runbook.json'), 'utf8'));
}

/** Whether the file has the ARN or the address. Otherwise only the deployment knows it. */
export function hasTarget(settings: DependencySettings): boolean {
  const target: string | undefined = settings.kind === 'http' ? settings.baseUrl : settings.targetArn;
  return target !== undefined;
}

/** @throws Error if the settings lack this dependency, so that a misconfigured function fails at startup */
export function mustGet(name: string, dependencies = loadDependencies()): DependencySettings {
  const settings = dependencies.get(name);
  if (!settings) throw new Error(`dependencies.json has no settings for ${name}`);
  return settings;
}
