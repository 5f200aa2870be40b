import type { MongoConnection } from '@skyrocket/launchpad/store/mongo/connection';

/** The database without ids that depend on how often something was tried, and without times. */
export async function picture({ fireworks, workflows, launches }: MongoConnection): Promise<unknown> {
  const launchStates = new Map<number, string>();
  for await (const launch of launches.find({})) launchStates.set(launch.launch_id, launch.state);
  const states = (ids: number[]) => ids.map((id) => launchStates.get(id) ?? 'missing');
  const all = await fireworks.find({}).sort({ fw_id: 1 }).toArray();
  const order = new Map(all.map((one, index) => [String(one.fw_id), index]));
  const renumbered = (map: Record<string, unknown>) =>
    Object.entries(map).map(([id, value]) => [
      order.get(id),
      Array.isArray(value) ? value.map((one) => order.get(String(one))) : value,
    ]);
  return {
    fireworks: all.map((one) => ({
      ...{ name: one.name, state: one.state, spec: one.spec },
      ...{ launches: states(one.launches), archived: states(one.archived_launches) },
    })),
    workflows: (await workflows.find({}).sort({ _id: 1 }).toArray()).map((one) => ({
      ...{
        name: one.name,
        state: one.state,
        locked: one.locked,
        nodes: one.nodes.map((id: number) => order.get(String(id))),
      },
      ...{
        links: renumbered(one.links),
        parents: renumbered(one.parent_links),
        states: renumbered(one.fw_states),
      },
    })),
  };
}

/** What does not fit together in the database. */
export async function flaws(connection: MongoConnection): Promise<string[]> {
  const { fireworks, workflows, launches, intents } = connection;
  const found: string[] = [];
  if ((await intents.countDocuments({})) > 0) found.push('an intent is left');
  const states = new Map<string, string>();
  for await (const one of fireworks.find({})) states.set(String(one.fw_id), one.state);
  let members = 0;
  for await (const workflow of workflows.find({})) {
    if (workflow.locked !== undefined) found.push('a lock is left');
    members += workflow.nodes.length;
    for (const [id, state] of Object.entries(workflow.fw_states)) {
      // As in FireWorks, the copy does not follow a claim before its start.
      if (states.get(id) === 'RESERVED' && state === 'READY') continue;
      if (states.get(id) !== state) found.push(`Firework ${id} is ${states.get(id)}, its copy ${state}`);
    }
  }
  if (members !== states.size) found.push(`${states.size} Fireworks, ${members} nodes`);
  const held = await fireworks.distinct('launches');
  const archived = await fireworks.distinct('archived_launches');
  const known = await launches.distinct('launch_id');
  for (const id of [...held, ...archived].filter((one) => one !== undefined))
    if (!known.includes(id)) found.push(`Launch ${id} is not there`);
  return found;
}
