import { QueryLanguage } from 'aws-cdk-lib/aws-stepfunctions';
import { ConfigError } from '../config/validate-config.ts';

/** @throws ConfigError for a machine in JSONata: in such a machine, no state may have paths of JSONPath */
export function needsJsonPath(what: string, queryLanguage: QueryLanguage | undefined): void {
  if (queryLanguage === QueryLanguage.JSONATA)
    throw new ConfigError([`${what} needs a state machine in JSONPath, got JSONata`]);
}
