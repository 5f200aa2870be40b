import type { Db } from 'mongodb';
import type { ActionDocument } from './random-actions.ts';

/** The ids that named Fireworks have in one database. */
export function idsOf(db: Db, names: readonly string[]): Promise<number[]> {
  return Promise.all(names.map((name) => idOf(db, name)));
}

export async function idOf(db: Db, name: string): Promise<number> {
  return Number((await fireworkOf(db, name)).fw_id);
}

export async function lastLaunchOf(db: Db, name: string): Promise<number> {
  return Number((await fireworkOf(db, name)).launches.at(-1));
}

/** The states of the Fireworks of the Workflow that holds one. */
export async function statesOf(db: Db, name: string): Promise<Map<number, string>> {
  const workflow = await db.collection('workflows').findOne({ nodes: await idOf(db, name) });
  const members = await db
    .collection('fireworks')
    .find({ fw_id: { $in: workflow?.nodes ?? [] } })
    .toArray();
  return new Map(members.map(({ fw_id, state }) => [Number(fw_id), String(state)]));
}

async function fireworkOf(db: Db, name: string) {
  const firework = await db.collection('fireworks').findOne({ name });
  if (!firework) throw new Error(`there is no ${name} in ${db.databaseName}`);
  return firework;
}

/** An action whose `append_wfs` name their parents by the ids of a database. */
export async function actionWithIds(db: Db, action: ActionDocument): Promise<ActionDocument> {
  const appended: unknown = action.append_wfs;
  if (!Array.isArray(appended)) return action;
  const append_wfs = await Promise.all(
    appended.map(async (one) => ({ ...one, parents: await idsOf(db, one.parents) })),
  );
  return { ...action, append_wfs };
}
