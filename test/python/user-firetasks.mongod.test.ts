import { describe, expect, it, jest } from '@jest/globals';
import { runOnBothSides } from './both-sides.ts';

jest.setTimeout(180_000);

describe('Firetasks of users, which change their Workflow while it runs', () => {
  it.each([
    ['fibonacci', '"last": 34'],
    ['refinement', '"residual": 0.75'],
  ])('%s: the outcome is that of Python FireWorks', async (workflow, result) => {
    const { skyrocket, fireworks } = await runOnBothSides({
      environment: 'fireworks',
      module: 'growing',
      function: workflow,
    });
    expect(skyrocket.workflow).toBe(fireworks.workflow);
    expect(skyrocket.workflow).toContain(result);
  });
});
