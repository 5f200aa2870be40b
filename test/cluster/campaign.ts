import { join } from 'node:path';
import type { Site } from '../programs/site.ts';

const script = (text: string) => ({ _fw_name: 'ScriptTask', script: text });

/** A diamond of four Fireworks, and then one that the last adds as a detour; each writes its name into the ledger. */
function diamond(number: number, ledger: string) {
  const note = (name: string) => script(`echo ${number}${name} >>${ledger}`);
  const detour = { name: 'detour', spec: { _tasks: [note('detour')] }, fw_id: -1 };
  const action = { detours: [{ fws: [detour], links: {}, metadata: {} }] };
  const adding = script(`echo '${JSON.stringify(action)}' >FWAction.json`);
  const names = ['a', 'b', 'c', 'd'] as const;
  const fws = names.map((name, index) => ({
    ...{ fw_id: index + 1, name: `${number}${name}` },
    spec: { _tasks: name === 'd' ? [note(name), adding] : [note(name)] },
  }));
  return { name: `w${number}`, metadata: {}, fws, links: { 1: [2, 3], 2: [4], 3: [4] } };
}

/** Adds so many diamonds of five Fireworks each, which write the file `ledger` of the site. */
export async function addDiamonds(site: Site, count: number): Promise<void> {
  const ledger = join(site.directory, 'ledger');
  const files = Array.from({ length: count }, (_, index) =>
    site.write(`w${index}.json`, JSON.stringify(diamond(index, ledger))),
  );
  const { code, stderr } = await site.run('lpad', 'add', ...files);
  if (code !== 0) throw new Error(stderr);
}

export interface Jobs {
  running: number;
  pending: number;
  /** Whether there is no job at all: one that is about to begin or to end is neither running nor pending. */
  areGone: boolean;
}

/** Looks every 200 ms until there are no jobs any more; resolves to the most that were there at once in each state. */
export async function mostJobs(sample: () => Promise<Jobs>, seconds: number): Promise<Omit<Jobs, 'areGone'>> {
  const most = { running: 0, pending: 0 };
  for (const deadline = Date.now() + seconds * 1000; ; ) {
    const { running, pending, areGone } = await sample();
    most.running = Math.max(most.running, running);
    most.pending = Math.max(most.pending, pending);
    if (areGone) return most;
    if (Date.now() > deadline) throw new Error('the chain does not end');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
