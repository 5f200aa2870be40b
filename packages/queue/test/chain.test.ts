import { describe, expect, it } from '@jest/globals';
import {
  backOffSeconds,
  type Chain,
  enter,
  failed,
  failureLimit,
  found,
  jobsOf,
  missingMilliseconds,
  newChain,
  noteJobId,
  plan,
  resumed,
  without,
} from '@skyrocket/queue/chain';
import fc from 'fast-check';

const submitter = { pid: 1, processStart: '', jobId: null };

function planned(chain: Chain, slot: number, tag: string): Chain {
  const next = plan(chain, { slot, tag, submitter, now: 0 });
  if (!next) throw new Error('there is no place');
  return next;
}

function entered(chain: Chain, tag: string): Chain {
  const entry = enter(chain, { tag, jobId: tag, now: 0 });
  if (typeof entry === 'string') throw new Error(entry);
  return entry.chain;
}

describe('a slot of a chain', () => {
  it('holds one pending job at most', () => {
    const chain = planned(newChain(1, false), 0, 'a');
    expect(plan(chain, { slot: 0, tag: 'b', submitter, now: 0 })).toBeNull();
  });

  it('gets the next pending job when its job has begun', () => {
    const chain = planned(entered(planned(newChain(1, false), 0, 'a'), 'a'), 0, 'b');
    expect(chain.slots).toMatchObject([{ running: { tag: 'a' }, pending: { tag: 'b' } }]);
  });

  it('lets nobody in but its pending job, and that one as often as it begins', () => {
    const chain = planned(newChain(2, false), 0, 'a');
    expect(enter(chain, { tag: 'b', jobId: null, now: 0 })).toBe('stray');
    expect(entered(entered(chain, 'a'), 'a').slots[0]?.running?.tag).toBe('a');
  });

  it('gives the place of a job that was killed to its successor, and tells which one it was', () => {
    const chain = planned(entered(planned(newChain(1, false), 0, 'a'), 'a'), 0, 'b');
    expect(enter(chain, { tag: 'b', jobId: '2', now: 5 })).toMatchObject({
      before: { tag: 'a' },
      chain: { slots: [{ running: { tag: 'b', jobId: '2', since: 5 }, pending: null }] },
    });
  });

  it('keeps the id of a job that was submitted', () => {
    const chain = noteJobId(planned(newChain(1, false), 0, 'a'), 'a', '17');
    expect(chain?.slots[0]?.pending).toMatchObject({ jobId: '17' });
    expect(noteJobId(newChain(1, false), 'a', '17')).toBeNull();
  });
});

describe('a job that is not found', () => {
  const chain = planned(newChain(1, false), 0, 'a');

  it('is out when accounting says that it has ended', () => {
    expect(found(chain, 'a', { finding: 'ended', now: 1 })?.slots[0]?.pending).toBeNull();
  });

  it('is out when it was missing twice, a lease apart, and not before', () => {
    const once = found(chain, 'a', { finding: 'missing', now: 1 }) ?? chain;
    expect(once.slots[0]?.pending).toMatchObject({ missingSince: 1 });
    const soon = found(once, 'a', { finding: 'missing', now: missingMilliseconds }) ?? once;
    expect(soon.slots[0]?.pending).not.toBeNull();
    expect(
      found(soon, 'a', { finding: 'missing', now: missingMilliseconds + 2 })?.slots[0]?.pending,
    ).toBeNull();
  });

  it('is there again when it is seen between', () => {
    const once = found(chain, 'a', { finding: 'missing', now: 1 }) ?? chain;
    const again = found(once, 'a', { finding: 'there', now: 2 }) ?? once;
    const later = found(again, 'a', { finding: 'missing', now: missingMilliseconds + 3 });
    expect(later?.slots[0]?.pending).not.toBeNull();
  });
});

describe('a chain whose jobs fail', () => {
  it('waits longer with each, and stops after some, saying why', () => {
    let chain = newChain(1, false);
    for (let i = 1; i < failureLimit; i++) chain = failed(chain, 'bad');
    expect(chain.stopped).toBeNull();
    chain = failed(chain, 'exit code 1');
    expect(chain.stopped).toBe('5 jobs failed one after another, the last one so: exit code 1');
    expect([0, 1, 2, 3, 99].map(backOffSeconds)).toEqual([0, 10, 20, 40, 3600]);
  });

  it('takes and lets in no job when it is stopped, and begins again when it is told to', () => {
    const stopped = { ...planned(newChain(1, false), 0, 'a'), stopped: 'why' };
    expect(enter(stopped, { tag: 'a', jobId: null, now: 0 })).toBe('stopped');
    expect(
      plan({ ...newChain(1, false), stopped: 'why' }, { slot: 0, tag: 'b', submitter, now: 0 }),
    ).toBeNull();
    expect(resumed(stopped, 1, false)).toMatchObject({ stopped: null, slots: [{ pending: { tag: 'a' } }] });
  });
});

describe('a chain with another number of slots', () => {
  it('gets more, or loses those that are empty', () => {
    expect(resumed(newChain(2, false), 4, false).slots).toHaveLength(4);
    const busy = planned(newChain(4, false), 3, 'a');
    expect(resumed(busy, 2, false).slots).toMatchObject([
      { pending: null },
      { pending: null },
      { pending: { tag: 'a' } },
    ]);
  });
});

describe('whatever happens in whatever order', () => {
  const move = fc.record({
    kind: fc.constantFrom('plan', 'enter', 'leave', 'ended', 'missing', 'fail', 'resume'),
    slot: fc.nat(2),
    tag: fc.nat(9).map(String),
    now: fc.nat(1_000_000),
  });

  it('no slot ever holds two jobs in one place, and no job is in two places', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        let chain = newChain(3, false);
        const used = new Set<string>();
        for (const { kind, slot, tag, now } of moves) {
          // A tag is drawn once.
          if (kind === 'plan' && !used.has(tag)) chain = plan(chain, { slot, tag, submitter, now }) ?? chain;
          if (kind === 'plan') used.add(tag);
          const entry = kind === 'enter' ? enter(chain, { tag, jobId: null, now }) : 'stray';
          if (typeof entry !== 'string') chain = entry.chain;
          if (kind === 'leave') chain = without(chain, tag) ?? chain;
          if (kind === 'ended' || kind === 'missing')
            chain = found(chain, tag, { finding: kind, now }) ?? chain;
          if (kind === 'fail') chain = failed(chain, 'x');
          if (kind === 'resume') chain = resumed(chain, 3, false);
          const tags = jobsOf(chain).map(({ job }) => job.tag);
          expect(new Set(tags).size).toBe(tags.length);
          expect(jobsOf(chain).filter(({ place }) => place === 'running').length).toBeLessThanOrEqual(3);
          expect(jobsOf(chain).filter(({ place }) => place === 'pending').length).toBeLessThanOrEqual(3);
        }
      }),
      { numRuns: 200 },
    );
  });
});
