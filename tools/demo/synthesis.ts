import { synthesize } from '../../lib/app.ts';
import { demoConfig } from './config.ts';

/**
 * Writes the app's cloud assembly into the folder, its dependencies being the API at the URL. In a file of its own, because
 * loading the CDK takes so long that there should be something on the screen before.
 */
export function synthesizeDemo(dependencyUrl: string, folder: string): void {
  synthesize(demoConfig(dependencyUrl), folder);
}
