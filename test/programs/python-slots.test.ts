import { describe, expect, it } from '@jest/globals';
import { usePythonWithFireworks } from './python.ts';
import { newSite, patiently } from './site.ts';

const module = `
from fireworks import FiretaskBase, FWAction
from fireworks.fw_config import FWData

class Share(FiretaskBase):
    _fw_name = "{{slots.Share}}"

    def run_task(self, fw_spec):
        return FWAction(stored_data={"nodes": FWData().NODE_LIST, "processors": FWData().SUB_NPROCS})
`;

describe('A Python Firetask under mlaunch', () => {
  it(
    'finds its share of the allocation where FireWorks puts it, in FWData',
    async () => {
      const site = newSite({ PYTHONPATH: '.' });
      usePythonWithFireworks(site);
      site.write('slots.py', module);
      site.write('nodes', 'n1\nn2\n');
      site.write('share.json', JSON.stringify({ spec: { _tasks: [{ _fw_name: '{{slots.Share}}' }] } }));
      await site.run('lpad', 'add', 'share.json');
      await site.run('mlaunch', '1', '--nodefile', 'nodes', '--ppn', '4', '--sleep', '0');
      expect(await site.ask('get_fws', '-d', 'more')).toMatchObject({
        state: 'COMPLETED',
        launches: [{ action: { stored_data: { nodes: ['n1', 'n2'], processors: 8 } } }],
      });
    },
    patiently,
  );
});
