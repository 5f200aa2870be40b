import type { TSchema } from 'typebox';
import type { Role } from '../tokens.ts';

/** One operation of the LaunchPad as it is called over HTTP. */
export interface Operation {
  /** The least of the roles that may call it; `worker`: users may too. */
  role: Role;
  /** Whether it changes something: then it carries a key, or is harmless when it is repeated. */
  effect: 'reads' | 'changes';
  /** One sentence for the reference page. */
  summary: string;
  request: TSchema;
  reply: TSchema;
}

/** All operations of one part of the LaunchPad. */
export type OperationsOf<Part> = Record<keyof Part, Operation>;
