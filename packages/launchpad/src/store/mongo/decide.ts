import { type Decision, emptyChange } from '@skyrocket/model/change';
import type { FwId } from '@skyrocket/model/ids';
import type { Decided, DecisionRequest, View } from '../store.ts';
import { Overtaken } from './commit.ts';
import type { MongoConnection } from './connection.ts';
import { decideLocked, isReport } from './decide-locked.ts';
import { findHomes, findMakers } from './find-homes.ts';
import { isLarge } from './large-workflows.ts';
import { type Lock, lockWorkflows, type ToLock } from './locks.ts';
import { MoreWorkflows } from './neighbourhood-loader.ts';
import { recover } from './recovery.ts';
import type { Turns } from './turns.ts';
import { sightOf } from './workflow-structure.ts';

/** How often a call begins again because more Workflows must be locked, or a claim was faster. */
const mostAttempts = 50;

/** Locks the Workflows concerned, loads, decides and writes: see `mongo-store.ts`. */
export async function decide<Outcome>(
  connection: MongoConnection,
  { request, turns }: { request: DecisionRequest<Outcome>; turns: Turns },
  decision: (view: View) => Decision<Outcome>,
): Promise<Decided<Outcome>> {
  const further = new Set<string>();
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    const makers = await findMakers(connection, request.seeds.launchIds);
    const fwIds = [...new Set([...request.seeds.fwIds, ...makers.values()])];
    const homes = await findHomes(connection, fwIds);
    const workflows = [...new Set([...homes.values(), ...further])].sort();
    try {
      const decided = await turns.take(workflows, () =>
        locked(connection, toLock(connection, { request, workflows, fwIds }), (lock) =>
          decideLocked(connection, { lock, request, fwIds }, decision),
        ),
      );
      if (decided !== 'contested') return decided;
    } catch (error) {
      // Who held the lock has recovered.
      if (error instanceof Overtaken) continue;
      if (!(error instanceof MoreWorkflows)) throw error;
      for (const workflow of error.workflows) further.add(workflow);
    }
  }
  throw new Error('the Workflows that a decision concerns do not come to rest');
}

/**
 * In large Workflows, where many meet, reports are taken to change nothing else unless it is known that others wait; and also
 * then if they did not before, since those waited for more.
 */
function toLock(
  connection: MongoConnection,
  of: { request: DecisionRequest<unknown>; workflows: string[]; fwIds: FwId[] },
): ToLock {
  const { request, workflows, fwIds } = of;
  const { homes } = connection;
  const isLeaf = (id: FwId) => !homes.hasChildren(id);
  const mayBeEnds = (id: string) =>
    isLarge(homes.sizeOf(id)) && (homes.useOf(id) ?? (fwIds.every(isLeaf) ? 'ends' : 'any')) === 'ends';
  const use = isReport(request) && workflows.every(mayBeEnds) ? 'ends' : 'any';
  return { workflows, use, sight: sightOf(connection, workflows, fwIds) };
}

/** Does some work under a lock; when it fails, what it began is finished, or taken back where it was not decided yet. */
export async function locked<T>(
  connection: MongoConnection,
  toLock: ToLock,
  work: (lock: Lock) => Promise<T>,
): Promise<T> {
  return holding(
    connection,
    await lockWorkflows(connection, toLock, (dead, met) => recover(connection, dead, met)),
    work,
  );
}

/** The same under a lock that is held. */
export async function holding<T>(
  connection: MongoConnection,
  lock: Lock,
  work: (lock: Lock) => Promise<T>,
): Promise<T> {
  try {
    return await work(lock);
  } catch (error) {
    // If the database does not answer, the next call of this process does it (left-locks.ts); what is told is the first error.
    await recover(connection, lock.token, lock.workflows).catch(() => {});
    throw error;
  }
}

/** A decision that changes nothing but what lags behind in the documents of the Workflows. */
export function changeNothing(): Decision<null> {
  return { kind: 'change', change: emptyChange(), outcome: null };
}
