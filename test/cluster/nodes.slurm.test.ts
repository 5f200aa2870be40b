import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { newSite, patiently, type Site } from '../programs/site.ts';
import { countState, jobCommand, startedBatchSystem } from './batch-system.ts';

const slurm = startedBatchSystem('slurm');

/** Two nodes with two cores each. */
const twoNodes = ['--nodes=2', '--ntasks-per-node=1', '--cpus-per-task=2', '--time=5'];

interface Work {
  script: string;
  needs: Record<string, unknown>;
}

async function add(site: Site, works: Work[]): Promise<void> {
  const fws = works.map(({ script, needs }, i) => ({
    fw_id: i + 1,
    spec: { _tasks: [{ _fw_name: 'ScriptTask', script }], ...needs },
  }));
  site.write('workflow.yaml', JSON.stringify({ fws, links: {}, metadata: {} }));
  expect(await site.run('lpad', 'add', 'workflow.yaml')).toMatchObject({ code: 0 });
}

/** Runs rlaunch in a job, and waits until the job has ended. */
function runJob(site: Site, words: string[]): void {
  const log = join(site.directory, 'rlaunch.log');
  const command = jobCommand(site, 'rlaunch', 'rapidfire', ...words);
  const script = site.write('job.sh', `#!/bin/bash\nexec ${command} >${log} 2>&1\n`);
  const where = ['--wait', `--chdir=${site.directory}`, '--output=/dev/null', '--parsable'];
  slurm.command('sbatch', ...where, ...twoNodes, script);
}

/** Writes a line into a file before it works and after. */
function noted(site: Site, name: string, work: string): string {
  const ledger = join(site.directory, 'ledger');
  return `echo +${name} >>${ledger}; ${work}; echo -${name} >>${ledger}`;
}

describe('rlaunch rapidfire in a job of several nodes', () => {
  it(
    'gives all nodes to a Firework that needs more cores than one has, and lets nothing else run then',
    async () => {
      const site = newSite(slurm.environment());
      const where = join(site.directory, 'where');
      // As MPI does: its processes are started on all nodes of the job.
      const mpi = `srun --overlap --ntasks=2 --ntasks-per-node=1 sh -c 'echo $SLURMD_NODENAME $SKYROCKET_SLOT_PROCESSORS $SKYROCKET_SLOT_NODES >>${where}'; sleep 0.3`;
      const small = { needs: { _resources: { cores: 1 } } };
      await add(site, [
        { script: noted(site, 'small', 'sleep 0.3'), ...small },
        { script: noted(site, 'wide', mpi), needs: { _resources: { cores: 4 } } },
        { script: noted(site, 'small', 'sleep 0.3'), ...small },
        { script: noted(site, 'wide', mpi), needs: { _queueadapter: { nodes: 2, ntasks_per_node: 2 } } },
      ]);
      runJob(site, []);
      expect(await countState(site, 'COMPLETED')).toBe(4);
      expect(new Set(site.lines('where').map((line) => line.split(' ')[0])).size).toBe(2);
      expect(site.lines('where').every((line) => / 4 n\d,n\d$/.test(line))).toBe(true);
      const lines = site.lines('ledger');
      const begins = lines.flatMap((line, index) => (line === '+wide' ? [index] : []));
      expect(begins.map((index) => lines[index + 1])).toEqual(['-wide', '-wide']);
      expect(
        begins.map((index) => lines.slice(0, index).filter((line) => /^[+-]small/.test(line)).length % 2),
      ).toEqual([0, 0]);
    },
    patiently,
  );

  it(
    'begins none that needs more than all nodes have',
    async () => {
      const site = newSite(slurm.environment());
      await add(site, [
        { script: 'true', needs: { _resources: { cores: 5 } } },
        { script: 'true', needs: { _resources: { cores: 4 } } },
      ]);
      runJob(site, ['--nlaunches', '1']);
      expect(await countState(site, 'COMPLETED')).toBe(1);
      expect(await countState(site, 'READY')).toBe(1);
    },
    patiently,
  );

  it(
    'with --srun has a worker on each node: Fireworks of one node run on both, wider ones are left to other jobs',
    async () => {
      const site = newSite(slurm.environment());
      const where = join(site.directory, 'where');
      const script = `echo $SLURMD_NODENAME >>${where}; sleep 1`;
      const works = Array.from({ length: 6 }, () => ({ script, needs: { _resources: { cores: 1 } } }));
      await add(site, [...works, { script: 'true', needs: { _resources: { cores: 3 } } }]);
      runJob(site, ['--srun', '--max_loops', '1', '--sleep', '1']);
      expect(await countState(site, 'COMPLETED')).toBe(6);
      expect(await countState(site, 'READY')).toBe(1);
      expect(new Set(site.lines('where')).size).toBe(2);
    },
    patiently,
  );
});
