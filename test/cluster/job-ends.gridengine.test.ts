import { describe, expect, it } from '@jest/globals';
import { patiently, until } from '../programs/site.ts';
import { startedBatchSystem } from './batch-system.ts';
import { jobEnds } from './job-ends.ts';

const gridEngine = startedBatchSystem('gridengine');
const jobs = jobEnds(gridEngine, 'SGE');

describe('how a job ended, as Grid Engine says', () => {
  it(
    'COMPLETED, FAILED with its exit status',
    async () => {
      const [good, bad] = [await jobs.submit('true'), await jobs.submit('exit 3')];
      expect(await jobs.whenEnded(good)).toEqual({ cause: 'COMPLETED', words: 'failed 0, exit status 0' });
      expect(await jobs.whenEnded(bad)).toEqual({ cause: 'FAILED', words: 'failed 0, exit status 3' });
    },
    patiently,
  );

  it(
    'CANCELLED',
    async () => {
      const id = await jobs.submit('sleep 100');
      await jobs.whenRunning(id);
      await jobs.queue().cancel([id]);
      expect(await jobs.whenEnded(id)).toMatchObject({ cause: 'CANCELLED' });
    },
    patiently,
  );

  it(
    'TIMEOUT at the limit of the job',
    async () => {
      const id = await jobs.submit('#$ -l h_rt=2\nsleep 100');
      expect(await jobs.whenEnded(id)).toMatchObject({ cause: 'TIMEOUT' });
    },
    patiently,
  );

  it(
    'not at all when the job was rescheduled and will run again; then as it ended the last time',
    async () => {
      const id = await jobs.submit('#$ -r y\nsleep 100');
      await jobs.whenRunning(id);
      gridEngine.command('qmod', '-rj', id);
      await until(
        () => gridEngine.command('sh', '-c', `qacct -j ${id} 2>&1 || true`).includes('rescheduling'),
        'the first end is in the accounts',
      );
      expect(await jobs.queue().howEnded(id)).toBe('unknown');
      await jobs.whenRunning(id);
      await jobs.queue().cancel([id]);
      expect(await jobs.whenEnded(id)).toMatchObject({ cause: 'CANCELLED' });
    },
    patiently,
  );

  it(
    'unknown for a job that nobody has heard of',
    async () => {
      expect(await jobs.queue().howEnded('99999')).toBe('unknown');
    },
    patiently,
  );
});
