import { describe, expect, it } from '@jest/globals';
import type { State } from '@skyrocket/model/states';
import { workflowState } from '@skyrocket/model/workflow-state';

function stateOf(states: State[], more: { openLeaves?: number; fizzledBlocks?: boolean } = {}): State {
  const counts: Partial<Record<State, number>> = {};
  for (const state of states) counts[state] = (counts[state] ?? 0) + 1;
  return workflowState({
    total: states.length,
    states: counts,
    openLeaves: more.openLeaves ?? 1,
    fizzledBlocks: () => more.fizzledBlocks ?? true,
  });
}

describe('The state of a Workflow is the first that fits', () => {
  it('COMPLETED: all leaves are, whatever stands above them', () => {
    expect(stateOf(['FIZZLED', 'DEFUSED', 'COMPLETED'], { openLeaves: 0 })).toBe('COMPLETED');
  });

  it('ARCHIVED: all are', () => {
    expect(stateOf(['ARCHIVED', 'ARCHIVED'])).toBe('ARCHIVED');
    expect(stateOf(['ARCHIVED', 'WAITING'])).toBe('READY');
  });

  it('DEFUSED, then PAUSED: any is', () => {
    expect(stateOf(['PAUSED', 'DEFUSED', 'FIZZLED', 'RUNNING'])).toBe('DEFUSED');
    expect(stateOf(['PAUSED', 'FIZZLED', 'RUNNING'])).toBe('PAUSED');
  });

  it('FIZZLED: one is and holds others up; RUNNING when its children run nevertheless', () => {
    expect(stateOf(['FIZZLED', 'READY'])).toBe('FIZZLED');
    expect(stateOf(['FIZZLED', 'READY'], { fizzledBlocks: false })).toBe('RUNNING');
  });

  it('RUNNING: one is, or one is done; then RESERVED, then READY', () => {
    expect(stateOf(['COMPLETED', 'WAITING'])).toBe('RUNNING');
    expect(stateOf(['RUNNING', 'RESERVED'])).toBe('RUNNING');
    expect(stateOf(['RESERVED', 'READY'])).toBe('RESERVED');
    expect(stateOf(['READY', 'WAITING'])).toBe('READY');
  });
});
