import { Type } from 'typebox';
import type { Chains } from '../chains.ts';
import { nothing } from '../schemas/requests.ts';
import { count, flag, listOf, record, text, word } from '../schemas/values.ts';
import type { OperationsOf } from './operation.ts';

const chain = {
  name: word(),
  revision: count(),
  /** Some hundred slots with their jobs. */
  state: Type.String({ maxLength: 1_000_000 }),
  fworker: Type.Optional(text()),
  owner: Type.Optional(word()),
};

/** The operations of `Chains`. */
export const chainsOperations = {
  findChains: {
    role: 'worker',
    effect: 'reads',
    summary: 'Lists the chains of jobs.',
    request: nothing,
    reply: record({ chains: listOf(record(chain)) }),
  },
  saveChain: {
    role: 'worker',
    effect: 'changes',
    summary: 'Keeps a chain of jobs, if nobody changed it meanwhile.',
    request: record(chain),
    reply: record({ saved: flag() }),
  },
} as const satisfies OperationsOf<Chains>;
