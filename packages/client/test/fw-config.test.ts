import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Surroundings } from '../src/config-search.ts';
import { readFWConfig } from '../src/fw-config.ts';
import { newSurroundings, writeText } from './surroundings.ts';

function read(text: string, environment: Surroundings['environment'] = {}) {
  const here = newSurroundings(environment);
  writeText(join(here.directory, 'FW_config.yaml'), text);
  return readFWConfig(here);
}

describe('FW_config.yaml', () => {
  it('need not be there: the defaults are those of FireWorks', async () => {
    const { config, warnings } = await readFWConfig(newSurroundings());
    expect(config).toMatchObject({
      source: null,
      userPackages: ['fireworks.user_objects', 'fw_tutorials', 'fireworks.features'],
      print: { json: true, yaml: false },
      pingSeconds: 3600,
      rapidfireSleepSeconds: 60,
      changesWithoutPassword: 10,
      trackerLines: 25,
      runExpirationSeconds: 14_400,
      lockExpirationSeconds: 300,
      actionBucket: 'fw_gridfs',
      sortFireworks: '',
    });
    expect(config.nameUpdates.get('Script Task')).toBe('ScriptTask');
    expect(warnings).toEqual([]);
  });

  it('says how long locks and silent Launches are waited for, and where large actions go', async () => {
    const { config, warnings } = await read(
      'RUN_EXPIRATION_SECS: 60\nWFLOCK_EXPIRATION_SECS: 20\nGRIDFS_FALLBACK_COLLECTION: null\n',
    );
    expect(config).toMatchObject({ runExpirationSeconds: 60, lockExpirationSeconds: 20, actionBucket: null });
    expect(warnings).toEqual([]);
    const named = await read('GRIDFS_FALLBACK_COLLECTION: ours\n');
    expect(named.config.actionBucket).toBe('ours');
  });

  it('sets what it names', async () => {
    const { config } = await read(
      [
        'ADD_USER_PACKAGES: [my_lab.tasks]',
        'SORT_FWS: fifo',
        'PRINT_FW_YAML: true',
        'PW_CHECK_NUM: 3',
        'CONFIG_FILE_DIR: conf',
        'FW_NAME_UPDATES: {Old: New}',
        'ECHO_TEST: hello',
      ].join('\n'),
    );
    expect(config.userPackages).toContain('my_lab.tasks');
    expect(config.sortFireworks).toBe('FIFO');
    expect(config).toMatchObject({ print: { json: true, yaml: true }, changesWithoutPassword: 3 });
    expect(config).toMatchObject({ configDirectory: 'conf', echo: 'hello' });
    expect([...config.nameUpdates]).toEqual([['Old', 'New']]);
  });

  it('may be shared with Python: keys that mean nothing here are told in one warning, unknown ones each', async () => {
    const { warnings } = await read(
      'QSTAT_FREQUENCY: 50\nWEBSERVER_PORT: 1\nENCODE_MONTY: true\nPW_CHEK_NUM: 3\n',
    );
    expect(warnings).toEqual([
      expect.stringMatching(
        /FW_config\.yaml: the key PW_CHEK_NUM is not known \(was PW_CHECK_NUM meant\?\)$/,
      ),
      expect.stringMatching(/FW_config\.yaml: without effect here: QSTAT_FREQUENCY, WEBSERVER_PORT$/),
    ]);
  });

  it.each([
    ['PW_CHECK_NUM: ten', 'FW_config.yaml, line 1, PW_CHECK_NUM: an integer is expected here, not a text'],
    ['SORT_FWS: random', 'FW_config.yaml, line 1, SORT_FWS: "random" is none of FIFO, FILO, ""'],
    [
      'PRINT_FW_JSON: 1',
      'FW_config.yaml, line 1, PRINT_FW_JSON: true or false is expected here, not an integer',
    ],
    ['FW_NAME_UPDATES: {a: 1}', 'FW_NAME_UPDATES: a mapping of texts to texts is expected here'],
    ['ADD_USER_PACKAGES: [1]', 'ADD_USER_PACKAGES: a list of texts is expected here, not a list'],
  ])('is refused with line and key when it holds %s', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toMatchObject({ code: 'BAD_CONFIGURATION' });
  });
});

describe('our own settings', () => {
  it('can be set by the environment, since Python refuses keys that it does not know', async () => {
    const { config } = await read('GRACE_SECS: 5\nMAX_FILE_MIB: 8\n', {
      SKYROCKET_GRACE_SECS: '7',
      SKYROCKET_SPOOL_DIR: '~/spool',
    });
    expect([config.graceSeconds, config.maxFileMebibytes]).toEqual([7, 8]);
    expect(config.spoolDirectory).toMatch(/\/home\/spool$/);
    await expect(read('', { SKYROCKET_MAX_FILE_MIB: 'big' })).rejects.toThrow(
      'environment variable SKYROCKET_MAX_FILE_MIB: an integer is expected here, not "big"',
    );
  });

  it('say which ends of jobs lead to a rerun, and how often', async () => {
    const { config: usual } = await read('');
    expect(usual.rerunLost).toEqual({ rerun: ['NODE_FAIL', 'PREEMPTED', 'REQUEUED'], atMost: 3 });
    const { config } = await read('RERUN_LOST: [TIMEOUT]\nRERUN_LOST_LIMIT: 1\n', {
      SKYROCKET_RERUN_LOST: 'NODE_FAIL,CANCELLED',
    });
    expect(config.rerunLost).toEqual({ rerun: ['NODE_FAIL', 'CANCELLED'], atMost: 1 });
    await expect(read('RERUN_LOST: [NODE_FAILED]\n')).rejects.toThrow(
      /RERUN_LOST: "NODE_FAILED" is none of the ways in which jobs end: NODE_FAIL,/,
    );
  });
});
