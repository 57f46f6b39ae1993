import { join } from 'node:path';
import { readPackages, supplyProblems } from './packages.ts';

/**
 * Lists each production package with licence and sources. Fails on a licence that isn't allowed, or without a digest.
 */
const packages = readPackages(join(import.meta.dirname, '../..'));
const production = packages.filter(({ isProduction }) => isProduction);
for (const { name, version, licence, repository } of production)
  console.log([`${name}@${version}`.padEnd(56), licence.padEnd(14), repository].join(' '));

const kinds = Object.entries(Object.groupBy(production, ({ licence }) => licence));
console.log(
  `\n${production.length} packages: ${kinds.map(([licence, all = []]) => `${all.length} ${licence}`).join(', ')}`,
);
const problems = supplyProblems(packages);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
