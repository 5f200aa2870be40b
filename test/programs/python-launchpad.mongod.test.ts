import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { usePythonWithFireworks } from './python.ts';
import { newSite, patiently } from './site.ts';

const module = `
from fireworks import FiretaskBase, FWAction

class Ask(FiretaskBase):
    _fw_name = "{{asking.Ask}}"

    def run_task(self, fw_spec):
        lpad = self.launchpad
        return FWAction(stored_data={"state": lpad and lpad.get_fw_dict_by_id(self.fw_id)["state"]})
`;

/** The Fireworks that ask for a launchpad, and that do not. */
const workflow = JSON.stringify({
  fws: [
    { fw_id: 1, name: 'asks', spec: { _add_launchpad_and_fw_id: true, _tasks: Array(2).fill(task()) } },
    { fw_id: 2, name: 'does not', spec: { _tasks: [task()] } },
  ],
  links: {},
  metadata: {},
});

function task() {
  return { _fw_name: '{{asking.Ask}}' };
}

describe('A Python Firetask whose Firework says _add_launchpad_and_fw_id', () => {
  let mongod: MongodProcess | null = null;
  beforeAll(async () => {
    mongod = await startMongod();
  }, patiently);
  afterAll(async () => {
    await mongod?.stop();
  });

  const answersWith = async (launchpadFile: string) => {
    const site = newSite({ PYTHONPATH: '.' });
    usePythonWithFireworks(site);
    site.write('asking.py', module);
    site.write('my_launchpad.yaml', launchpadFile);
    await site.run('lpad', 'add', site.write('asks.json', workflow));
    await site.run('rlaunch', 'rapidfire', '--sleep', '0');
    return site.ask('get_fws', '-d', 'more');
  };
  const answer = (state: string | null) => ({ launches: [{ action: { stored_data: { state } } }] });

  it(
    "gets FireWorks' own LaunchPad of the database that its worker uses",
    async () => {
      const answers = await answersWith(`host: 127.0.0.1\nport: ${mongod?.port}\nname: asked\n`);
      expect(answers).toMatchObject([answer('RUNNING'), answer(null)]);
    },
    patiently,
  );

  it(
    'gets none where the worker uses another launchpad, which Python cannot open',
    async () => {
      expect(await answersWith('file: pad.db\n')).toMatchObject([answer(null), answer(null)]);
    },
    patiently,
  );
});
