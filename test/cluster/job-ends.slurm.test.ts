import { describe, expect, it } from '@jest/globals';
import { patiently } from '../programs/site.ts';
import { startedBatchSystem } from './batch-system.ts';
import { jobEnds } from './job-ends.ts';

const slurm = startedBatchSystem('slurm');
const jobs = jobEnds(slurm, 'SLURM');
/** Slurm's controller forgets jobs some minutes after their end. */
const forgotten = jobEnds(slurm, 'SLURM', ['scontrol']);

describe('how a job ended, as Slurm says', () => {
  it(
    'COMPLETED, FAILED with its exit code, and open while it runs',
    async () => {
      const [good, bad] = [await jobs.submit('true'), await jobs.submit('exit 3')];
      expect(await jobs.whenEnded(good)).toEqual({ cause: 'COMPLETED', words: 'COMPLETED, exit code 0:0' });
      expect(await jobs.whenEnded(bad)).toEqual({
        cause: 'FAILED',
        words: 'FAILED (NonZeroExitCode), exit code 3:0',
      });
      const long = await jobs.submit('sleep 100');
      expect(await jobs.queue().howEnded(long)).toBe('open');
      await jobs.queue().cancel([long]);
    },
    patiently,
  );

  it(
    'CANCELLED, also when it had not begun',
    async () => {
      const [running, waiting] = [await jobs.submit('sleep 100'), await jobs.submit('#SBATCH --hold\ntrue')];
      await jobs.whenRunning(running);
      await jobs.queue().cancel([running, waiting]);
      expect(await jobs.whenEnded(running)).toMatchObject({ cause: 'CANCELLED' });
      expect(await jobs.whenEnded(waiting)).toMatchObject({ cause: 'CANCELLED' });
    },
    patiently,
  );

  it(
    'NODE_FAIL when its node is gone',
    async () => {
      const id = await jobs.submit('#SBATCH --no-requeue --nodelist=n3\nsleep 100');
      await jobs.whenRunning(id);
      slurm.command('scontrol', 'update', 'nodename=n3', 'state=down', 'reason=test');
      expect(await jobs.whenEnded(id)).toMatchObject({ cause: 'NODE_FAIL' });
    },
    patiently,
  );

  it(
    'TIMEOUT when its walltime is over',
    async () => {
      const id = await jobs.submit('sleep 100');
      await jobs.whenRunning(id);
      slurm.command('scontrol', 'update', `jobid=${id}`, 'endtime=now');
      expect(await jobs.whenEnded(id)).toMatchObject({ cause: 'TIMEOUT' });
    },
    patiently,
  );

  it(
    'also when its controller has forgotten the job: then as the list of completed jobs has it, the last time that it ran',
    async () => {
      const [bad, again] = [
        await forgotten.submit('exit 3'),
        await jobs.submit('#SBATCH --requeue\nsleep 100'),
      ];
      expect(await forgotten.whenEnded(bad)).toEqual({ cause: 'FAILED', words: 'FAILED, exit code 3:0' });
      await jobs.whenRunning(again);
      slurm.command('scontrol', 'requeue', again);
      await jobs.whenPending(again);
      await jobs.queue().cancel([again]);
      expect(await forgotten.whenEnded(again)).toMatchObject({ cause: 'CANCELLED' });
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
