import { type FwId, fwId } from '@skyrocket/model/ids';
import { type Timestamp, timestamp } from '@skyrocket/model/timestamp';
import type { Document } from 'mongodb';
import { answerGiven, rememberAnswer } from './answers.ts';
import { insertFireworks, writeFireworks, writeLaunches } from './commit.ts';
import { type MongoConnection, passing } from './connection.ts';
import { dateOf, integerOf, momentOf } from './documents.ts';
import { type Intent, removeIntent } from './intents.ts';
import { assertHeld, type Lock, lockFurther, unlock } from './locks.ts';
import type { FireworkWrite, WorkflowWrite } from './planned-writes.ts';
import { reconcile } from './reconcile.ts';

/**
 * Ends a change that was decided but whose lock is gone. Mostly all of it was written and only the intent is left. But the
 * lock may also have been removed by force (Python's `lpad admin unlock`) or by somebody who died while recovering. Then a
 * part may be missing, and others may have decided about the same Fireworks since. So what was written is told by the
 * Fireworks: one that carries the moment of the change was, one that is as it was before was not. If all were changed by
 * others meanwhile and none by this change, theirs counts, and what it would have added is taken away.
 * @returns false when a Workflow is locked by another program: it is to be done later
 */
export async function finishUnlocked(
  connection: MongoConnection,
  lock: Lock,
  intent: Intent,
): Promise<boolean> {
  const { plan } = intent;
  const ids = plan.workflows.map(({ id }) => id);
  if (!(await lockFurther(connection, lock, ids))) {
    await unlock(connection, lock);
    return false;
  }
  const standing = await standingOf(connection, lock, intent);
  await removeFireworks(connection, standing.superfluous);
  if (!standing.overtaken) await writeRest(connection, lock, { intent, standing });
  // First the intent: what a crash then leaves is a lock without one, which is reconciled.
  await removeIntent(connection, lock.token);
  await reconcile(connection, lock);
  return true;
}

interface Standing {
  /** Others have changed the Fireworks before this change came to them. */
  overtaken: boolean;
  /** Writes of Fireworks that are still to be made. */
  open: FireworkWrite[];
  /** New Fireworks that their Workflow does not have yet. */
  unlinked: Set<FwId>;
  /** New Fireworks that it shall not get. */
  superfluous: FwId[];
}

async function standingOf(
  connection: MongoConnection,
  lock: Lock,
  { plan, contest, answer }: Intent,
): Promise<Standing> {
  const answered = answer !== null && (await answerGiven(connection, answer.key)) !== null;
  const documents = await readFireworks(connection, [...plan.fireworks, ...contest]);
  const isNow = (write: DatedWrite) => standingOfWrite(write, documents.get(write.fwId));
  const found = new Set([...plan.fireworks, ...contest].map(isNow));
  const overtaken = !answered && found.has('changed since') && !found.has('written');
  const unlinked = await unlinkedOf(connection, plan.workflows);
  const lockedOnes = new Set(lock.workflows.map((id) => id.toHexString()));
  const homeless = plan.workflows.filter(({ id }) => !lockedOnes.has(id.toHexString())).flatMap(addedTo);
  return {
    overtaken,
    open: answered ? [] : plan.fireworks.filter((write) => isNow(write) === 'open'),
    unlinked: new Set([...unlinked].filter((id) => !homeless.includes(id))),
    superfluous: overtaken ? [...unlinked] : homeless,
  };
}

async function readFireworks(
  { fireworks }: MongoConnection,
  writes: DatedWrite[],
): Promise<Map<number, Document>> {
  const documents = new Map<number, Document>();
  if (writes.length === 0) return documents;
  const found = fireworks.find(
    { fw_id: { $in: writes.map((write) => write.fwId) } },
    { projection: { _id: 0, fw_id: 1, state: 1, updated_on: 1 } },
  );
  for await (const firework of found) documents.set(integerOf(firework.fw_id), firework);
  return documents;
}

type DatedWrite = Pick<FireworkWrite, 'fwId' | 'from' | 'set'>;

type WriteStanding = 'written' | 'open' | 'changed since';

/** An edit of a spec alone does not touch the moment: it may be written twice. */
function standingOfWrite({ from, set }: DatedWrite, document: Document | undefined): WriteStanding {
  const planned = set.get('updated_on');
  if (planned === undefined) return 'open';
  const [seen, moment] = [momentFrom(document?.updated_on), momentFrom(planned)];
  if (seen === moment) return 'written';
  return document?.state === from && seen < moment ? 'open' : 'changed since';
}

const momentFrom = (value: unknown): Timestamp =>
  value instanceof Date ? timestamp(value.getTime()) : momentOf(typeof value === 'string' ? value : null);

const addedTo = ({ add }: WorkflowWrite): FwId[] => (add.get('nodes') ?? []).map((id) => fwId(integerOf(id)));

/** Members of a Workflow only become more. */
async function unlinkedOf({ workflows }: MongoConnection, writes: WorkflowWrite[]): Promise<Set<FwId>> {
  const unlinked = new Set<FwId>();
  for (const write of writes) {
    const added = addedTo(write);
    if (added.length === 0) continue;
    const workflow = await workflows.findOne({ _id: write.id }, { projection: { nodes: 1 } });
    const nodes = new Set<number>(Array.isArray(workflow?.nodes) ? workflow.nodes.map(integerOf) : []);
    for (const id of added) if (!nodes.has(id)) unlinked.add(id);
  }
  return unlinked;
}

async function removeFireworks({ fireworks }: MongoConnection, ids: FwId[]): Promise<void> {
  if (ids.length > 0) await fireworks.deleteMany({ fw_id: { $in: ids } }, passing);
}

async function writeRest(
  connection: MongoConnection,
  lock: Lock,
  { intent: { plan, launches, answer }, standing }: { intent: Intent; standing: Standing },
): Promise<void> {
  const isMissing = (document: Map<string, unknown>) =>
    standing.unlinked.has(fwId(integerOf(document.get('fw_id'))));
  assertHeld(lock);
  await insertFireworks(connection, plan.added.filter(isMissing));
  await writeLaunches(connection, launches);
  await writeFireworks(connection, standing.open);
  if (answer) await rememberAnswer(connection, answer);
  for (const write of plan.workflows) {
    const added = new Set(addedTo(write).filter((id) => standing.unlinked.has(id)));
    if (added.size > 0) await link(connection, lock, { write, added });
  }
}

/** Adds to the links as they are now. Which states the new ones have follows from their parents. */
async function link(
  { workflows, now }: MongoConnection,
  { token }: Lock,
  { write, added }: { write: WorkflowWrite; added: ReadonlySet<FwId> },
): Promise<void> {
  const set = new Map<string, unknown>([['updated_on', dateOf(now())]]);
  const more = new Map<string, unknown>([...write.add].map(([path, values]) => [path, { $each: values }]));
  for (const [path, children] of write.set) {
    const [member, parent] = path.split('.');
    if (member !== 'links' || !Array.isArray(children)) continue;
    if (added.has(fwId(Number(parent)))) set.set(path, children);
    else more.set(path, { $each: children });
  }
  const update = { $set: set, $addToSet: more };
  await workflows.updateOne({ _id: write.id, locked: token }, update, passing);
}
