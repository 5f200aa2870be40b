import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Float } from '@skyrocket/model/user-data';
import { setAsideActionFiles, takeActionFile } from '../src/action-file.ts';
import { plain } from './tasks/task-trial.ts';

let launchDir: string;
beforeEach(async () => {
  launchDir = await mkdtemp(join(tmpdir(), 'skyrocket-action-'));
});
afterEach(() => rm(launchDir, { recursive: true }));

const write = (name: string, content: string | Buffer) => writeFile(join(launchDir, name), content);
const names = async () => (await readdir(launchDir)).sort();

describe('before the first task', () => {
  it('what an earlier run has left is set aside, and named', async () => {
    await write('FWAction.json', '{}');
    await write('FWAction.yaml', '{}');
    expect(await setAsideActionFiles(launchDir)).toEqual(['FWAction.json', 'FWAction.yaml']);
    expect(await names()).toEqual(['FWAction.json.stale', 'FWAction.yaml.stale']);
    expect(await takeActionFile(launchDir, 0)).toBeNull();
  });

  it('an empty directory stays as it is', async () => {
    expect(await setAsideActionFiles(launchDir)).toEqual([]);
    expect(await names()).toEqual([]);
  });
});

describe('after a task', () => {
  it('its action is read from FWAction.json, once', async () => {
    await write('FWAction.json', '{"stored_data": {"energy": -1.0}, "update_spec": {"n": 1}, "exit": true}');
    const action = await takeActionFile(launchDir, 2);
    expect(action?.storedData.get('energy')).toEqual(new Float(-1));
    expect(plain(action?.updateSpec)).toEqual({ n: 1 });
    expect(action?.exit).toBe(true);
    expect(await names()).toEqual(['FWAction.json.task-2']);
    expect(await takeActionFile(launchDir, 3)).toBeNull();
  });

  it('or from FWAction.yaml', async () => {
    await write('FWAction.yaml', 'mod_spec:\n  _push: {list: no}\n');
    expect((await takeActionFile(launchDir, 0))?.modSpec.map(plain)).toEqual([{ _push: { list: 'no' } }]);
  });

  it('of both JSON counts, and neither is applied to a later task', async () => {
    await write('FWAction.json', '{"update_spec": {"from": "json"}}');
    await write('FWAction.yaml', '{update_spec: {from: yaml}}');
    expect(plain((await takeActionFile(launchDir, 0))?.updateSpec)).toEqual({ from: 'json' });
    expect(await takeActionFile(launchDir, 1)).toBeNull();
  });

  it('it may add a Firework', async () => {
    const detour = { spec: { _tasks: [{ _fw_name: 'ScriptTask', script: 'true' }] }, name: 'more' };
    await write('FWAction.json', JSON.stringify({ detours: [detour] }));
    const action = await takeActionFile(launchDir, 0);
    expect(action?.detours.map(({ name }) => name)).toEqual(['more']);
  });

  it('keys of the future are no fault', async () => {
    await write('FWAction.json', '{"something_else": 1}');
    expect(await takeActionFile(launchDir, 0)).not.toBeNull();
  });
});

describe('a broken file', () => {
  it.each([
    ['FWAction.json', '{"update_spec": ', /FWAction\.json.*line 1/],
    ['FWAction.yaml', 'a: 1\na: 2\n', /FWAction\.yaml.*line 2/],
    ['FWAction.json', '[]', /FWAction\.json: a mapping is expected here, not a list/],
    ['FWAction.json', '{"update_spec": 1}', /FWAction\.json: update_spec: a mapping is expected here/],
    [
      'FWAction.json',
      '{"udpate_spec": {}}',
      /FWAction\.json: the key "udpate_spec" should probably be "update_spec"/,
    ],
    ['FWAction.json', '{"detours": [{"name": "x"}]}', /FWAction\.json: detours\[0\].*spec/],
    ['FWAction.json', Buffer.from([0x22, 0xff, 0x22]), /FWAction\.json is not UTF-8 text/],
  ])('%s with %j is refused, and stays for its author', async (name, content, sentence) => {
    await write(name, content);
    await expect(takeActionFile(launchDir, 0)).rejects.toThrow(sentence);
    expect(await names()).toEqual([name]);
  });

  it('is one that is none', async () => {
    await mkdir(join(launchDir, 'FWAction.json'));
    await expect(takeActionFile(launchDir, 0)).rejects.toThrow('FWAction.json is not a file');
  });
});
