/** Names of the audit table's key attributes. */
export const AUDIT_KEY = { partition: 'log', sort: 'key' } as const;
