import { DocumentFault, type DocumentPath, kindOf } from './document-fault.ts';
import { isTruthy, isUserMap, type UserMap, type UserValue } from './user-data.ts';

/**
 * Refuses reserved keys of a spec (format §4) whose value could never work, whoever runs it.
 * @throws DocumentFault BAD_WORKFLOW
 */
export function checkReservedKeys(spec: UserMap, path: DocumentPath): void {
  for (const [key, rule] of rules) {
    const value = spec.get(key);
    if (value === undefined || value === null || rule.allows(value)) continue;
    if (!isTruthy(value) && !keysWithoutNothing.has(key)) continue;
    throw new DocumentFault(
      'BAD_WORKFLOW',
      [...path, key],
      `${rule.expected} is expected here, not ${kindOf(value)}`,
    );
  }
}

/** FireWorks takes an empty value, of whatever type, for nothing to do; but not of these. */
const keysWithoutNothing: ReadonlySet<string> = new Set(['_launch_dir', '_dupefinder']);

interface Rule {
  expected: string;
  allows(value: UserValue): boolean;
}

const mapping: Rule = { expected: 'a mapping', allows: isUserMap };
const text: Rule = { expected: 'a text', allows: (value) => typeof value === 'string' };
const listOfMappings: Rule = {
  expected: 'a list of mappings',
  allows: (value) => Array.isArray(value) && value.every(isUserMap),
};

const rules: ReadonlyMap<string, Rule> = new Map([
  ['_launch_dir', text],
  ['_queueadapter', mapping],
  ['_dupefinder', mapping],
  ['_files_in', mapping],
  ['_files_out', mapping],
  ['_files_prev', mapping],
  ['_trackers', listOfMappings],
  ['_background_tasks', listOfMappings],
  ['_recovery', mapping],
  ['_job_info', { expected: 'a list', allows: Array.isArray }],
]);
