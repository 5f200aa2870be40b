import type { Inspection } from '@skyrocket/contract/maintenance';
import { skyrocketVersion } from '@skyrocket/contract/version';
import type { UserMap, UserValue } from '@skyrocket/model/user-data';
import { printDocument, printText } from '../../output/output.ts';
import type { LpadCommand } from '../context.ts';

/** Ends with exit code 1 when something is wrong. */
export const command: LpadCommand = {
  options: [],
  async run(_line, context) {
    const launchpad = await context.launchpad();
    const { kind, location, version, uuid } = await launchpad.identity();
    const { facts, findings } = await launchpad.inspect();
    const told: Inspection = {
      facts: [
        { name: 'launchpad', value: `${location} (${kind})` },
        { name: 'uuid', value: uuid },
        { name: 'version', value: skyrocketVersion },
        ...facts,
      ],
      findings: [...versionFinding(version), ...findings],
    };
    if (context.output === 'table') printText(inspectionText(told));
    else await printDocument(inspectionDocument(told), context.output);
    return told.findings.length === 0 ? 0 : 1;
  },
};

/** The launchpad of a server has the version of the server. */
function versionFinding(version: string): Inspection['findings'] {
  if (version === skyrocketVersion) return [];
  const problem = `the server is Skyrocket ${version}, and this is ${skyrocketVersion}`;
  return [{ problem, remedy: 'update the older one' }];
}

function inspectionText({ facts, findings }: Inspection): string {
  const lines = facts.map(({ name, value }) => `${name.padEnd(12)}${value}\n`);
  const faults = findings.map(({ problem, remedy }) => `\n${problem}: ${remedy}\n`);
  return [...lines, ...(faults.length === 0 ? ['\nnothing is wrong\n'] : faults)].join('');
}

function inspectionDocument({ facts, findings }: Inspection): UserMap {
  return new Map<string, UserValue>([
    ...facts.map(({ name, value }): [string, UserValue] => [name, value]),
    [
      'findings',
      findings.map(
        ({ problem, remedy }): UserMap =>
          new Map([
            ['problem', problem],
            ['remedy', remedy],
          ]),
      ),
    ],
  ]);
}
