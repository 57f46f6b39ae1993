import type { Resource } from '../assembly.ts';
import type { ApiRequest } from './api-request.ts';
import type { Principal } from './statement.ts';

/** Something that AWS does between resources of the stacks, without a call of theirs. */
export interface Delivery {
  readonly by: Principal | undefined;
  readonly from: Pick<Resource, 'id' | 'type'>;
  readonly requests: readonly ApiRequest[];
}
