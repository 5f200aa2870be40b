import { describe, expect, it, jest } from '@jest/globals';
import { runOnBothSides } from './both-sides.ts';

jest.setTimeout(180_000);

describe('flows of jobflow', () => {
  it.each([
    [
      'dynamic: replace, addition and detour',
      'dynamic',
      ['"output": 107.5', '"output": 1007.5', '"output": 15.0'],
    ],
    ['stopping: stop_children', 'stopping', ['"output": 3']],
  ])('%s: the outcome is that of Python FireWorks', async (_, flow, results) => {
    const { skyrocket, fireworks } = await runOnBothSides({
      environment: 'fireworks',
      module: 'flows',
      function: flow,
    });
    expect(skyrocket.workflow).toBe(fireworks.workflow);
    expect(skyrocket.jobs).toBe(fireworks.jobs);
    for (const result of results) expect(skyrocket.jobs).toContain(result);
  });
});
