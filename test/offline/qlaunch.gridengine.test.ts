import { describe, expect, it } from '@jest/globals';
import {
  addFireworks,
  countState,
  jobCommand,
  startedBatchSystem,
  writeAdapter,
} from '../cluster/batch-system.ts';
import { newSite, patiently, until } from '../programs/site.ts';

const gridEngine = startedBatchSystem('gridengine');

describe('qlaunch -r with rlaunch singleshot --offline on Grid Engine', () => {
  it(
    'runs Fireworks in jobs without a network, and recover_offline tells what they did',
    async () => {
      const site = newSite(gridEngine.environment());
      const command = `unshare --net ${jobCommand(site, 'rlaunch', 'singleshot', '--offline', '--walltime', '300')}`;
      writeAdapter(site, 'SGE', { rocket_launch: command });
      await addFireworks(site, 2);
      expect(await site.run('qlaunch', '-r', 'rapidfire')).toMatchObject({ code: 0 });
      await until(() => site.lines('ran').length === 2, 'both jobs have run');
      let recovered = 0;
      const deadline = Date.now() + 60_000;
      while (recovered < 2 && Date.now() < deadline) {
        await site.run('lpad', 'recover_offline');
        recovered = await countState(site, 'COMPLETED');
      }
      expect(recovered).toBe(2);
    },
    patiently,
  );
});

describe('rlaunch rapidfire in a job of Grid Engine', () => {
  it(
    'begins nothing that cannot end before the hard limit of the job',
    async () => {
      const site = newSite(gridEngine.environment());
      const fws = [10, 1000].map((walltime, i) => ({
        ...{ fw_id: i + 1, name: `${walltime} seconds` },
        spec: { _tasks: [{ _fw_name: 'ScriptTask', script: 'true' }], _resources: { walltime } },
      }));
      site.write('workflow.yaml', JSON.stringify({ fws, links: {}, metadata: {} }));
      await site.run('lpad', 'add', 'workflow.yaml');
      const log = `${site.directory}/rlaunch.log`;
      const run = `exec ${jobCommand(site, 'rlaunch', 'rapidfire')} >${log} 2>&1`;
      const script = site.write('job.sh', `#!/bin/bash\ncd ${site.directory}\n${run}\n`);
      gridEngine.command(
        'qsub',
        '-sync',
        'y',
        '-V',
        '-o',
        '/dev/null',
        '-j',
        'y',
        '-l',
        'h_rt=00:05:00',
        script,
      );
      expect(site.lines('rlaunch.log').join('\n')).toContain('1 Firework ran: 1 COMPLETED');
      expect(await countState(site, 'READY')).toBe(1);
    },
    patiently,
  );
});
