/** HTTP methods that an operation may have. */
export const METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'POST', 'PATCH'] as const;

export type Method = (typeof METHODS)[number];
