/**
 * For a write that a later, durable one of the same call covers: journal and oplog keep the order of writes, so that
 * none is there after a crash without those before it.
 */
export const passing = { writeConcern: { w: 1 } } as const;
