import { describe, expect, it } from '@jest/globals';
import { newSite, type Site, withoutMoments } from '../site.ts';

/** Two Workflows, `left` (Fireworks 1 and 2) and `right` (3 and 4); the second Firework of each waits for the first. */
async function twoWorkflows(): Promise<Site> {
  const site = newSite();
  for (const name of ['left', 'right']) {
    await site.lpad('add_scripts', 'true', 'true', '-n', `${name}1`, `${name}2`, '-w', name);
  }
  return site;
}

async function states(site: Site): Promise<string[]> {
  const { stdout } = await site.lpad('get_fws');
  return JSON.parse(stdout).map((firework: { state: string }) => firework.state);
}

async function logged(site: Site, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await site.lpad(...words);
  expect([code, stdout]).toEqual([0, '']);
  return withoutMoments(stderr);
}

async function refused(site: Site, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await site.lpad(...words);
  expect([code, stdout]).toEqual([2, '']);
  return stderr;
}

describe('commands on Fireworks', () => {
  it('pause and resume', async () => {
    const site = await twoWorkflows();
    expect(await logged(site, 'pause_fws', '-i', '1,2')).toBe(
      '<moment> INFO Finished pausing 2 Fireworks: 1, 2\n',
    );
    expect(await states(site)).toEqual(['PAUSED', 'PAUSED', 'READY', 'WAITING']);
    expect(await logged(site, 'resume_fws', '-s', 'paused')).toContain('Finished resuming 2 Fireworks: 1, 2');
    expect(await states(site)).toEqual(['READY', 'WAITING', 'READY', 'WAITING']);
  });

  it('defuse and reignite', async () => {
    const site = await twoWorkflows();
    await logged(site, 'defuse_fws', '-n', 'left1');
    expect(await states(site)).toEqual(['DEFUSED', 'WAITING', 'READY', 'WAITING']);
    await logged(site, 'reignite_fws', '-q', "{'name': 'left1'}");
    expect(await states(site)).toEqual(['READY', 'WAITING', 'READY', 'WAITING']);
  });

  it('tell why one stays as it is', async () => {
    const site = await twoWorkflows();
    expect(await logged(site, 'resume_fws', '-i', '1')).toBe(
      '<moment> WARNING Firework 1 stays as it is: it is READY, not PAUSED\n<moment> INFO nothing was changed by resuming\n',
    );
    expect(await logged(site, 'pause_fws', '-n', 'nobody')).toBe(
      '<moment> INFO no Firework matches; nothing was changed\n',
    );
  });

  it('set priorities, of single Fireworks or of whole Workflows', async () => {
    const site = await twoWorkflows();
    await logged(site, 'set_priority', '-5', '-i', '1');
    await logged(site, 'set_priority', '7', '-wf', '-n', 'right');
    const { stdout } = await site.lpad('get_fws', '-d', 'all');
    const priorities = JSON.parse(stdout).map(
      (fw: { spec: { _priority?: number } }) => fw.spec._priority ?? null,
    );
    expect(priorities).toEqual([-5, null, 7, 7]);
  });

  it('update specs by paths, or by a MongoDB update', async () => {
    const site = await twoWorkflows();
    await logged(site, 'update_fws', '-i', '1', '-u', '{"_tasks.0.script": "echo new", "n": 2.0}');
    await logged(site, 'update_fws', '-i', '1', '-u', "{'$inc': {'spec.n': 1}}", '--mongo');
    const { stdout } = await site.lpad('get_fws', '-i', '1', '-d', 'all');
    expect(JSON.parse(stdout).spec._tasks[0].script).toBe('echo new');
    expect(stdout).toContain('"n": 3.0');
  });

  it('refuse updates that cannot be understood', async () => {
    const site = await twoWorkflows();
    expect(await refused(site, 'update_fws', '-i', '1')).toBe(
      `lpad: what is to be changed? give -u/--update, for example -u '{"n": 1}'\n`,
    );
    expect(await refused(site, 'update_fws', '-i', '1', '-u', '{bad')).toBe(
      'lpad: -u/--update is neither JSON nor a Python literal (column 2: a value is expected here)\n',
    );
    expect(await refused(site, 'update_fws', '-i', '1', '-u', '[1]')).toContain(
      'a mapping of paths to values is expected',
    );
    expect(await refused(site, 'update_fws', '-i', '1', '-u', '{"$inc": {"name": 1}}', '--mongo')).toContain(
      'only paths that start with "spec." can be updated',
    );
  });
});

describe('commands on Workflows', () => {
  it('pause what has not begun', async () => {
    const site = await twoWorkflows();
    await logged(site, 'pause_wflows', '-i', '2');
    expect(await states(site)).toEqual(['PAUSED', 'PAUSED', 'READY', 'WAITING']);
  });

  it('really defuse, and reignite', async () => {
    const site = await twoWorkflows();
    await logged(site, 'defuse_wflows', '-n', 'left');
    expect(await states(site)).toEqual(['DEFUSED', 'DEFUSED', 'READY', 'WAITING']);
    await logged(site, 'reignite_wfs', '-n', 'left');
    expect(await states(site)).toEqual(['READY', 'WAITING', 'READY', 'WAITING']);
  });

  it('archive', async () => {
    const site = await twoWorkflows();
    await logged(site, 'archive_wflows', '-i', '3');
    expect(await states(site)).toEqual(['READY', 'WAITING', 'ARCHIVED', 'ARCHIVED']);
  });

  it('delete the one that is named, and no other', async () => {
    const site = await twoWorkflows();
    expect(await logged(site, 'delete_wflows', '-n', 'left')).toBe(
      '<moment> INFO Deleted 1 Workflow: Fireworks 1, 2; Launches none\n',
    );
    expect((await site.lpad('get_fws', '-d', 'ids')).stdout).toBe('[\n    3,\n    4\n]\n');
    expect(await logged(site, 'delete_wflows', '-n', 'left')).toContain(
      'no Workflow matches; nothing was deleted',
    );
  });

  it('refresh', async () => {
    const site = await twoWorkflows();
    expect(await logged(site, 'admin', 'refresh', '-i', '1')).toContain('nothing was changed by refreshing');
  });
});

describe('what is not said is not done', () => {
  it.each([
    ['rerun_fws', 'Fireworks'],
    ['pause_fws', 'Fireworks'],
    ['defuse_fws', 'Fireworks'],
    ['delete_wflows', 'Workflows'],
    ['defuse_wflows', 'Workflows'],
    ['archive_wflows', 'Workflows'],
  ])('%s without a selection changes nothing', async (command, what) => {
    const site = newSite();
    expect(await refused(site, command)).toBe(
      `lpad: which ${what}? select them with -i, -n, -s or -q (-q '{}' means all)\n`,
    );
  });

  it("-q '{}' means all", async () => {
    const site = await twoWorkflows();
    await logged(site, 'delete_wflows', '-q', '{}');
    expect((await site.lpad('get_fws', '-d', 'count')).stdout).toBe('0\n');
  });

  it('one id that does not exist stops the whole command', async () => {
    const site = await twoWorkflows();
    expect(await refused(site, 'pause_fws', '-i', '1,77')).toContain(
      'no Firework with the fw_id 77 in the launchpad',
    );
    expect(await refused(site, 'delete_wflows', '-i', '1,77')).toContain('no Firework with the fw_id 77');
    expect(await states(site)).toEqual(['READY', 'WAITING', 'READY', 'WAITING']);
  });
});

describe('changing more than PW_CHECK_NUM entries', () => {
  const today = new Date().toISOString().slice(0, 10);

  async function three(): Promise<Site> {
    const site = newSite();
    site.write('FW_config.yaml', 'PW_CHECK_NUM: 2\n');
    await site.lpad('add_scripts', 'a', 'b', 'c');
    return site;
  }

  it('needs the password, and the message says what it is', async () => {
    const site = await three();
    expect(await refused(site, 'pause_fws', '-i', '1,2,3')).toBe(
      `lpad: 3 Fireworks match, and more than 2 (PW_CHECK_NUM) are changed only with --password, which is today's date: --password ${today}\n`,
    );
    expect(await refused(site, 'pause_fws', '-q', '{}', '--password', '2001-01-01')).toBe(
      `lpad: --password: "2001-01-01" is not today's date here, which is ${today}; nothing was changed\n`,
    );
    await logged(site, 'pause_fws', '-q', '{}', '--password', today);
    expect(await states(site)).toEqual(['PAUSED', 'PAUSED', 'PAUSED']);
  });

  it('is asked about on a terminal', async () => {
    const site = await three();
    const no = await site.onTerminal({ columns: 80, typed: [['Type Y', 'n\n']] }, 'pause_fws', '-q', '{}');
    expect(no.stdout).toContain('3 Fireworks match. Change them all? Type Y to do it:');
    expect(no.stdout).toContain('lpad: nothing was changed');
    expect(no.code).toBe(2);
    expect(
      (await site.onTerminal({ columns: 80, typed: [['Type Y', 'Y\n']] }, 'pause_fws', '-q', '{}')).code,
    ).toBe(0);
    expect(await states(site)).toEqual(['PAUSED', 'PAUSED', 'PAUSED']);
  });

  it('can be broken off at the question by Ctrl-C', async () => {
    const site = await three();
    const { code, stdout } = await site.onTerminal(
      { columns: 80, typed: [['Type Y', '\u0003']] },
      'pause_fws',
      '-q',
      '{}',
    );
    // By signal 2, as Python tells it; a shell shows 130.
    expect(code).toBe(254);
    expect(stdout).not.toContain('unsettled');
    expect(await states(site)).toEqual(['READY', 'WAITING', 'WAITING']);
  });
});

describe('lpad reset', () => {
  const today = new Date().toISOString().slice(0, 10);

  it('empties the launchpad with the password, or when its name is typed', async () => {
    const site = await twoWorkflows();
    expect(await refused(site, 'reset')).toBe(
      `lpad: the launchpad ${site.database} is emptied only with --password, which is today's date: --password ${today}\n`,
    );
    expect(await refused(site, 'reset', '--password', 'launchpad.db')).toContain("is not today's date here");
    const wrong = await site.onTerminal({ columns: 200, typed: [['Type its name', 'pad\n']] }, 'reset');
    expect(wrong.stdout).toContain('Type its name (launchpad.db) to do it:');
    expect(wrong.stdout).toContain('lpad: that is not its name; nothing was changed');
    expect((await site.lpad('get_fws', '-d', 'count')).stdout).toBe('4\n');
    expect(await logged(site, 'reset', '--password', today)).toContain(
      `The launchpad ${site.database} is empty now`,
    );
    expect((await site.lpad('get_fws', '-d', 'count')).stdout).toBe('0\n');
    await site.lpad('add_scripts', 'true');
    expect(
      (await site.onTerminal({ columns: 200, typed: [['Type its name', 'launchpad.db\n']] }, 'reset')).code,
    ).toBe(0);
    expect((await site.lpad('get_fws', '-d', 'count')).stdout).toBe('0\n');
  });
});
