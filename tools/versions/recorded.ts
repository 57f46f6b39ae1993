import { join } from 'node:path';

/** What the version before deploys. */
export const RECORDED = join(import.meta.dirname, 'version-before.br');

/** Stands for the address of the dependencies in it. */
export const RECORDED_URL = 'http://127.0.0.1:9';
