import { describe, expect, it } from '@jest/globals';
import { type FwId, fwId } from '@skyrocket/model/ids';
import { prepareWorkflow } from '@skyrocket/model/insert';
import { findCycle, parentsOf } from '@skyrocket/model/links';
import fc from 'fast-check';
import { newWorkflow } from './samples.ts';
import { allFileStates, anyWorkflow } from './workflow-generators.ts';

const linksOf = (plain: Record<number, number[]>) => newWorkflow({ links: plain }).links;

function chainOf(length: number): Map<FwId, FwId[]> {
  return new Map(Array.from({ length: length - 1 }, (_, i) => [fwId(i + 1), [fwId(i + 2)]]));
}

describe('Cycles', () => {
  it.each<[string, Record<number, number[]>, number[] | null]>([
    ['none in a diamond', { 1: [2, 3], 2: [4], 3: [4] }, null],
    ['none in nothing', {}, null],
    ['a loop', { 1: [1] }, [1]],
    ['two that wait for each other', { 1: [2], 2: [1] }, [1, 2]],
    ['one far below', { 1: [2], 2: [3, 4], 4: [5], 5: [2] }, [2, 4, 5]],
    ['one beside a harmless part', { 1: [2], 7: [8], 8: [9], 9: [7] }, [7, 8, 9]],
  ])('%s', (_, links, cycle) => expect(findCycle(linksOf(links))).toEqual(cycle));

  it('are found in a chain of 50,000, and denied where there are none', () => {
    const links = chainOf(50_000);
    expect(findCycle(links)).toBeNull();
    links.set(fwId(50_000), [fwId(1)]);
    expect(findCycle(links)).toHaveLength(50_000);
  });

  it('are no longer there in what is to be stored, and a found one is one', () => {
    const anyLinks = fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 })), {
      maxLength: 14,
    });
    fc.assert(
      fc.property(anyLinks, (pairs) => {
        const links = new Map<FwId, FwId[]>();
        for (const [from, to] of pairs) links.set(fwId(from), [...(links.get(fwId(from)) ?? []), fwId(to)]);
        const cycle = findCycle(links);
        if (cycle)
          for (const [i, id] of cycle.entries())
            expect(links.get(id)).toContain(cycle[(i + 1) % cycle.length]);
        else expect(canBeOrdered(links)).toBe(true);
      }),
    );
  });
});

/** Takes away, again and again, what has no parents left: all goes when there is no cycle. */
function canBeOrdered(links: Map<FwId, FwId[]>): boolean {
  const left = new Map(links);
  for (;;) {
    const children = new Set([...left.values()].flat());
    const roots = [...left.keys()].filter((id) => !children.has(id));
    if (roots.length === 0) return left.size === 0;
    for (const root of roots) left.delete(root);
  }
}

describe('A Workflow to be stored', () => {
  it('has each edge once, an entry for each Firework, and READY roots', () => {
    fc.assert(
      fc.property(anyWorkflow(allFileStates), (workflow) => {
        const { fireworks, links } = prepareWorkflow(workflow);
        const parents = parentsOf(links);
        expect([...links.keys()].sort()).toEqual(fireworks.map((one) => one.fwId).sort());
        for (const children of links.values()) expect(new Set(children).size).toBe(children.length);
        for (const { fwId: id, state } of fireworks) {
          const given = workflow.fireworks.find((one) => one.fwId === id)?.state;
          expect(state).toBe(parents.has(id) ? given : 'READY');
        }
      }),
    );
  });

  it('names at most ten ids in a sentence', () => {
    const unknown = Array.from({ length: 30 }, (_, i) => i + 100);
    const workflow = { ...newWorkflow({ specs: { 1: {} } }), links: linksOf({ 1: unknown }) };
    expect(() => prepareWorkflow(workflow)).toThrow(
      '100, 101, 102, 103, 104, 105, 106, 107, 108, 109 and 20 more',
    );
    const long = newWorkflow({
      links: Object.fromEntries(unknown.map((id, i) => [id, [unknown[i + 1] ?? 100]])),
    });
    expect(() => prepareWorkflow(long)).toThrow('-> … (30 Fireworks) -> 100');
  });
});
