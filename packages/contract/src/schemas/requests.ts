import type { AgentId } from '../agents.ts';
import { fwIdSchema, launchIdSchema, listOf, named, record, word } from './values.ts';

// What the requests of many operations hold.

/** See `Keyed`. */
export const key = word();

export const agentId = () => named<AgentId>();

export const launchIds = listOf(launchIdSchema());

export const onFireworks = { key, fwIds: listOf(fwIdSchema()) };

export const nothing = record({});
