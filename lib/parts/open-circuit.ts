import { Pass } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

/** Where a machine continues while the circuit of a dependency is open: the guarded call was not made. */
export class OpenCircuit extends Pass {
  readonly dependency: string;

  constructor(scope: Construct, id: string, stateName: string, dependency: string) {
    super(scope, id, { stateName, inputPath: '$.input' });
    this.dependency = dependency;
  }
}
