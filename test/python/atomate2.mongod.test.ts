import { describe, expect, it, jest } from '@jest/globals';
import { runOnBothSides } from './both-sides.ts';

jest.setTimeout(300_000);

describe('a flow of atomate2 that relaxes an argon crystal and computes its energy', () => {
  it('stores the same results as with Python FireWorks', async () => {
    const { skyrocket, fireworks } = await runOnBothSides({
      environment: 'atomate2',
      module: 'crystals',
      function: 'argon',
    });
    expect(skyrocket.workflow).toBe(fireworks.workflow);
    expect(skyrocket.jobs).toBe(fireworks.jobs);
    expect(skyrocket.jobs).toContain('"energy"');
  });
});
