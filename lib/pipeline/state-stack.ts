import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { FailureStore, type FailureStoreProps } from '../parts/failure-store.ts';

/** The stack of the tables and the key, which must outlive every deployment of the pipeline. */
export class StateStack extends Stack {
  readonly store: FailureStore;

  constructor(scope: Construct, id: string, { removal, ...props }: StackProps & FailureStoreProps = {}) {
    super(scope, id, props);
    this.store = new FailureStore(this, 'Store', { removal });
  }
}
