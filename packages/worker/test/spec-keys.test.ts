import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  firstId,
  lastLaunch,
  nobody,
  reasonOf,
  storedData,
  until,
  type WorkerSite,
  workerSite,
} from './worker-site.ts';

let site: WorkerSite;

beforeEach(async () => {
  site = await workerSite();
});

afterEach(async () => {
  await site.end();
});

/** A parent and its child, each with one script and further keys. */
const family = (
  parent: { script: string; keys: string },
  child: { script: string; keys: string },
): string => `
fws:
- fw_id: 1
  name: parent
  spec:
    _tasks: [${JSON.stringify({ _fw_name: 'ScriptTask', script: parent.script })}]
    ${parent.keys}
- fw_id: 2
  name: child
  spec:
    _tasks: [${JSON.stringify({ _fw_name: 'ScriptTask', script: child.script })}]
    ${child.keys}
links: {1: [2]}
metadata: {}
`;

async function runFamily(parent: { script: string; keys: string }, child: { script: string; keys: string }) {
  const ids = await site.add(family(parent, child));
  await site.runAll({ fworker: { ...nobody, name: 'w1' } });
  const [first, second] = ids;
  return { parent: first ?? firstId([]), child: second ?? firstId([]) };
}

const idle = { script: 'true', keys: '' };

describe('files that are passed on', () => {
  it('go from _files_out of the parent to _files_in of the child; of several the last by name', async () => {
    const { child } = await runFamily(
      { script: 'echo 1 > OUT.1; echo 2 > OUT.2', keys: '_files_out: {result: "OUT*", none: "NO*"}' },
      { script: 'cat in.txt > seen', keys: '_files_in: {result: in.txt, none: other}' },
    );
    const { launchDir } = lastLaunch(await site.firework(child));
    expect(readFileSync(join(launchDir, 'seen'), 'utf8')).toBe('2\n');
    expect(existsSync(join(launchDir, 'other'))).toBe(false);
    expect(await site.spec(child)).toMatchObject({
      _files_prev: { result: expect.stringMatching(/OUT\.2$/) },
    });
  });

  it('are decompressed where only the source is compressed', async () => {
    const source = join(site.folder, 'data.gz');
    writeFileSync(source, gzipSync('plain text\n'));
    const id = firstId(
      await site.add(`spec: {_tasks: [], _files_prev: {d: ${source}}, _files_in: {d: data.txt}}`),
    );
    await site.runAll();
    const { launchDir } = lastLaunch(await site.firework(id));
    expect(readFileSync(join(launchDir, 'data.txt'), 'utf8')).toBe('plain text\n');
  });

  it('are compressed, or compressed otherwise, where the name of the copy says so', async () => {
    const source = join(site.folder, 'data.gz');
    writeFileSync(source, gzipSync('plain text\n'));
    const id = firstId(
      await site.add(`
spec:
  _tasks:
  - {_fw_name: ScriptTask, script: "bzip2 -dc again.bz2 > again.txt"}
  _files_prev: {d: ${source}, e: ${join(site.folder, 'plain')}}
  _files_in: {d: again.bz2, e: small.gz}
`),
    );
    writeFileSync(join(site.folder, 'plain'), 'plain text\n');
    await site.runAll();
    const { launchDir } = lastLaunch(await site.firework(id));
    expect(readFileSync(join(launchDir, 'again.txt'), 'utf8')).toBe('plain text\n');
    expect(gunzipSync(readFileSync(join(launchDir, 'small.gz'))).toString()).toBe('plain text\n');
  });

  it('fizzle the Firework when they are gone, naming the file', async () => {
    const id = firstId(
      await site.add('spec: {_tasks: [], _files_prev: {d: /nowhere/data.gz}, _files_in: {d: data.txt}}'),
    );
    await site.runAll();
    expect(reasonOf(await site.firework(id))).toContain('/nowhere/data.gz');
  });
});

describe('what children are told of their parents', () => {
  it('is where and as what they ran, with _pass_job_info', async () => {
    const { parent, child } = await runFamily({ script: 'true', keys: '_pass_job_info: true' }, idle);
    const { launchDir } = lastLaunch(await site.firework(parent));
    expect(await site.spec(child)).toMatchObject({
      _job_info: [{ fw_id: parent, name: 'parent', launch_dir: launchDir, state: 'RUNNING' }],
    });
  });

  it('is the worker, with _preserve_fworker', async () => {
    const { child } = await runFamily({ script: 'true', keys: '_preserve_fworker: true' }, idle);
    expect(await site.spec(child)).toMatchObject({ _fworker: 'w1' });
    expect((await site.firework(child)).state).toBe('COMPLETED');
  });
});

describe('tracked files', () => {
  it('have their last lines stored with the Launch, whether it succeeds or fails', async () => {
    const trackers = '_trackers: [{filename: log, nlines: 2}, {filename: absent, nlines: 2}]';
    const ids = await Promise.all(
      ['seq 1 9 > log', 'seq 1 9 > log; exit 1'].map((script) =>
        site.add(`{spec: {_tasks: [{_fw_name: ScriptTask, script: "${script}"}], ${trackers}}}`),
      ),
    );
    await site.runAll();
    for (const [id] of ids) {
      expect(lastLaunch(await site.firework(id ?? firstId([]))).trackers).toEqual([
        { filename: 'log', nlines: 2, allowZipped: false, content: '8\n9' },
        { filename: 'absent', nlines: 2, allowZipped: false },
      ]);
    }
  });
});

describe('a Launch that runs', () => {
  it('tells at which task it is, and the last lines of tracked files', async () => {
    const go = join(site.folder, 'go');
    const id = firstId(
      await site.add(`
spec:
  _tasks:
  - {_fw_name: ScriptTask, script: "echo step 1 > log; gzip -c log > log.gz", store_stdout: true}
  - {_fw_name: ScriptTask, script: "while [ ! -e ${go} ]; do sleep 0.02; done"}
  _trackers: [{filename: log, nlines: 5}, {filename: log.gz, nlines: 5}]
`),
    );
    const end = site.runAll({ pingSeconds: 0.1 });
    await until(async () => {
      const { launchRecords } = await site.firework(id);
      return launchRecords.at(-1)?.history.at(-1)?.checkpoint?.taskIndex === 1;
    });
    const { trackers, history } = lastLaunch(await site.firework(id));
    expect(trackers.map((tracker) => tracker.content)).toEqual(['step 1', 'step 1']);
    expect(history.at(-1)?.checkpoint?.storedData.get('returncode')).toBe(0);
    writeFileSync(go, '');
    await end;
  });
});

describe('background tasks', () => {
  it('run beside the tasks, and once more in the end', async () => {
    const id = firstId(
      await site.add(`
spec:
  _tasks: [{_fw_name: ScriptTask, script: "while [ ! -e beside ]; do sleep 0.02; done; echo task >> order"}]
  _background_tasks:
  - _fw_name: BackgroundTask
    tasks: [{_fw_name: ScriptTask, script: "if [ -e order ]; then echo end >> order; else touch beside; fi"}]
    num_launches: 1
    sleep_time: 0
    run_on_finish: true
`),
    );
    await site.runAll();
    const { launchDir } = lastLaunch(await site.firework(id));
    expect(readFileSync(join(launchDir, 'order'), 'utf8')).toBe('task\nend\n');
  });
});

describe('a Firework that is resumed at the task that failed', () => {
  const steps = (module: string) => `
spec:
  _tasks:
  - {_fw_name: ScriptTask, script: "echo first >> ${'${'}LEDGER}; echo kept > file"}
  - {_fw_name: "js:${module}#Give"}
  - {_fw_name: "js:${module}#Fail"}
  - {_fw_name: "js:${module}#Tell"}
`;

  async function failThenRerun(files: 'none' | 'copy' | 'previous-directory') {
    const ledger = join(site.folder, 'ledger');
    process.env.LEDGER = ledger;
    const module = join(site.folder, 'tasks.mjs');
    writeFileSync(
      module,
      `import { existsSync } from 'node:fs';
       export const Give = () => ({ stored_data: { given: 1 }, update_spec: { x: 7 } });
       export const Fail = () => { if (!existsSync(${JSON.stringify(join(site.folder, 'mended'))})) throw new Error('broken'); };
       export const Tell = (_, { spec }) => ({ stored_data: { x: spec.x } });`,
    );
    const id = firstId(await site.add(steps(module)));
    await site.runAll();
    expect((await site.firework(id)).state).toBe('FIZZLED');
    const earlier = lastLaunch(await site.firework(id)).launchDir;
    writeFileSync(join(site.folder, 'mended'), '');
    await site.launchpad.rerun({ fwIds: [id], key: randomUUID(), taskLevel: { files } });
    await site.runAll();
    const firework = await site.firework(id);
    expect(firework.state).toBe('COMPLETED');
    expect(readFileSync(ledger, 'utf8')).toBe('first\n');
    expect(storedData(firework)).toMatchObject({ given: 1, x: 7 });
    return { earlier, later: lastLaunch(firework).launchDir };
  }

  it('does not run the earlier tasks again, and has what they asked for', async () => {
    const { earlier, later } = await failThenRerun('none');
    expect(later).not.toBe(earlier);
    expect(existsSync(join(later, 'file'))).toBe(false);
  });

  it('has a copy of the earlier files', async () => {
    const { earlier, later } = await failThenRerun('copy');
    expect(later).not.toBe(earlier);
    expect(readFileSync(join(later, 'file'), 'utf8')).toBe('kept\n');
  });

  it('runs in the earlier directory', async () => {
    const { earlier, later } = await failThenRerun('previous-directory');
    expect(later).toBe(earlier);
  });
});

describe('a Firework that names its own directory', () => {
  it('has FWAction.json of an earlier run put aside', async () => {
    const directory = join(site.folder, 'mine');
    mkdirSync(directory);
    writeFileSync(join(directory, 'FWAction.json'), '{"defuse_workflow": true}');
    const id = firstId(await site.add(`spec: {_tasks: [], _launch_dir: ${directory}}`));
    await site.runAll();
    expect(await site.filesOf(id)).toEqual(['FW.json', 'FWAction.json.stale']);
  });
});
