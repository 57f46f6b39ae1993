import { type Deployment, synthesizeDeployment } from '../../../tools/sim/cloud/template.ts';

let known: Deployment | undefined;

/** What lib synthesizes for the simulation. The tests of a process share it. */
export function testDeployment(): Deployment {
  known = known ?? synthesizeDeployment();
  return known;
}
