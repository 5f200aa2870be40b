import { readFileSync } from 'node:fs';
import { SkyrocketError } from '@skyrocket/model/errors';
import { usageError } from '../command-line/usage-error.ts';

/** The part of an allocation that one slot of multi or mlaunch is meant to use. Nothing is pinned. */
export interface SlotNodes {
  /** Null when no list of nodes was given. */
  nodes: string[] | null;
  processors: number;
}

export interface NodeListRequest {
  /** A file with a host name in each line, or the name of an environment variable that holds its path. */
  nodefile: string | null;
  processorsPerNode: number;
  slots: number;
  /** A host that is left out; null: none. */
  without: string | null;
}

/**
 * Shares the nodes of an allocation out among slots, each as many: format §7.4. A node named twice counts once.
 * @throws SkyrocketError BAD_FILE when the list cannot be read, BAD_USAGE when it cannot be shared out evenly
 */
export function shareNodes(request: NodeListRequest, environment: NodeJS.ProcessEnv): SlotNodes[] {
  const { nodefile, processorsPerNode, slots, without } = request;
  if (nodefile === null)
    return Array.from({ length: slots }, () => ({ nodes: null, processors: processorsPerNode }));
  const nodes = readNodes(environment[nodefile] ?? nodefile).filter((node) => node !== without);
  const each = nodes.length / slots;
  if (!Number.isInteger(each) || each === 0) {
    throw usageError(
      `--nodefile: its ${nodes.length} nodes cannot be shared out evenly among ${slots} jobs; choose another NUM_JOBS`,
    );
  }
  return Array.from({ length: slots }, (_, slot) => ({
    nodes: nodes.slice(slot * each, (slot + 1) * each),
    processors: each * processorsPerNode,
  }));
}

/** How tasks are told; in Python Firetasks, FWData of FireWorks tells it too. */
export const environmentOfSlot = ({ nodes, processors }: SlotNodes): Record<string, string> => ({
  SKYROCKET_SLOT_PROCESSORS: String(processors),
  ...(nodes && { SKYROCKET_SLOT_NODES: nodes.join(',') }),
});

/** Sorted, each once. */
function readNodes(path: string): string[] {
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    return [...new Set(lines.map((line) => line.trim()).filter((line) => line !== ''))].sort();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SkyrocketError('BAD_FILE', `--nodefile: ${path} cannot be read: ${reason}`, { cause });
  }
}
