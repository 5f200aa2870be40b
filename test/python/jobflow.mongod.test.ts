import { describe, expect, it, jest } from '@jest/globals';
import { runOnBothSides } from './both-sides.ts';

jest.setTimeout(180_000);

describe('flows of jobflow', () => {
  it.each(['dynamic', 'stopping'])('%s: the outcome is that of Python FireWorks', async (flow) => {
    const { skyrocket, fireworks } = await runOnBothSides({
      environment: 'fireworks',
      module: 'flows',
      function: flow,
    });
    expect(skyrocket.workflow).toBe(fireworks.workflow);
    expect(skyrocket.jobs).toBe(fireworks.jobs);
  });
});
