import type { FWAction } from '@skyrocket/model/action';
import type { FWorker } from '@skyrocket/model/records';
import { isTruthy, isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { glob } from './glob.ts';
import type { StartedLaunch } from './started-launch.ts';

/**
 * The action with what the spec asks to be passed on to the children (`_pass_job_info`, `_preserve_fworker`, `_files_out`:
 * format §4). `spec` is the running spec in the end.
 */
export function withPassedOn(
  action: FWAction,
  spec: UserMap,
  { launch, fworker }: { launch: StartedLaunch; fworker: FWorker },
): FWAction {
  if (!asking.some((key) => spec.has(key))) return action;
  const updateSpec: UserMap = isTruthy(spec.get('_preserve_fworker'))
    ? new Map([...action.updateSpec, ['_fworker', fworker.name]])
    : action.updateSpec;
  const added = [...jobInfo(spec, launch), ...filesOut(spec, launch.launchDir)];
  return {
    ...action,
    updateSpec,
    modSpec: added.length > 0 ? [...action.modSpec, ...added] : action.modSpec,
  };
}

const asking = ['_preserve_fworker', '_pass_job_info', '_files_out'];

function jobInfo(spec: UserMap, { firework, launchDir }: StartedLaunch): UserMap[] {
  if (!isTruthy(spec.get('_pass_job_info'))) return [];
  const earlier = spec.get('_job_info');
  const own: UserMap = new Map<string, UserValue>([
    ['fw_id', firework.fwId],
    ['name', firework.name],
    ['launch_dir', launchDir],
    ['state', firework.state],
  ]);
  return [operator('_push_all', '_job_info', [...(Array.isArray(earlier) ? earlier : []), own])];
}

/** Of several files that match, the last by name; where none does, nothing is passed on. */
function filesOut(spec: UserMap, launchDir: string): UserMap[] {
  const listed = spec.get('_files_out');
  if (!isUserMap(listed)) return [];
  return [...listed].flatMap(([name, pattern]) => {
    const path = typeof pattern === 'string' ? glob(launchDir, pattern).at(-1) : undefined;
    return path === undefined ? [] : [operator('_set', `_files_prev->${name}`, path)];
  });
}

const operator = (name: string, key: string, argument: UserValue): UserMap =>
  new Map([[name, new Map([[key, argument]])]]);
