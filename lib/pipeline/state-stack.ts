import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { FailureStore } from '../parts/failure-store.ts';

/** What must outlive every deployment, apart from what is deployed often. */
export class StateStack extends Stack {
  readonly store: FailureStore;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    this.store = new FailureStore(this, 'Store');
  }
}
