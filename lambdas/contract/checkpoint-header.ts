/** Tells a paginated read where to continue; in a failed answer, how far it got. */
export const CHECKPOINT_HEADER = 'backstop-checkpoint';
