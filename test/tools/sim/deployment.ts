import { type Deployment, deploymentOf } from '../../../tools/sim/cloud/template.ts';
import { sharedTemplates } from '../../lib/templates.ts';

let known: Deployment | undefined;

/** The deployment of the shared templates, whose machine is the one that lib synthesizes. */
export function testDeployment(): Deployment {
  known ??= deploymentOf(sharedTemplates('withoutExtras').pipeline.toJSON());
  return known;
}
