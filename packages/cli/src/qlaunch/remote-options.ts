import { fullPath } from '@skyrocket/client/config-search';
import type { CommandLine } from '../command-line/command-line.ts';
import { flag, text, texts } from '../command-line/option.ts';
import { usageError } from '../command-line/usage-error.ts';
import { commonOptions } from '../program/common-options.ts';
import type { Setup } from '../program/setup.ts';

/** Options that let qlaunch run on other hosts, by OpenSSH's ssh: format §8.6. */
export const remoteOptions = {
  hosts: texts('-rh --remote_host', 'HOST', {
    describe: 'run qlaunch on these hosts instead, by ssh',
    arity: 'some',
  }),
  directories: texts('-rc --remote_config_dir', 'DIR', {
    describe: 'directories of those hosts, in each of which qlaunch is run (default: ~/.fireworks)',
    arity: 'some',
  }),
  user: text('-ru --remote_user', 'NAME', 'the user name there (default: as ssh is configured)'),
  password: text('-rp --remote_password', 'PASSWORD', 'not taken: a key is needed, or an agent that has it'),
  keyFile: text('-rkf --remote_keyfile', 'FILE', 'the key to log in with (default: as ssh is configured)'),
  shell: text('-rsh --remote_shell', 'COMMAND', 'the shell there (default: /bin/bash -l -c)'),
  setup: flag('-rs --remote_setup', 'first copy the files of the configuration directory (-c) there'),
};

export interface Remote {
  hosts: string[];
  directories: string[];
  user: string | null;
  keyFile: string | null;
  shell: string;
  /** The directory whose files are copied there first. */
  copied: string | null;
}

/** @throws SkyrocketError BAD_USAGE */
export function readRemote(line: CommandLine, { surroundings, config }: Setup): Remote | null {
  const { password, setup, keyFile } = remoteOptions;
  const hosts = line.value(remoteOptions.hosts);
  if (line.value(password) !== null) {
    throw usageError(
      '-rp/--remote_password is not taken, since others could read it in the list of processes: log in with a key (-rkf, or ssh-agent)',
    );
  }
  if (hosts === null) return null;
  // What begins with a hyphen would be an option of ssh.
  const wrong = hosts.find((host) => host.startsWith('-'));
  if (wrong !== undefined) throw usageError(`-rh/--remote_host: "${wrong}" is no name of a host`);
  const key = line.value(keyFile);
  const copied = line.value(commonOptions.configDirectory) ?? config.configDirectory;
  return {
    hosts,
    directories: line.value(remoteOptions.directories) ?? ['~/.fireworks'],
    user: line.value(remoteOptions.user),
    keyFile: key === null ? null : fullPath(key, surroundings),
    shell: line.value(remoteOptions.shell) ?? '/bin/bash -l -c',
    copied: line.value(setup) ? fullPath(copied, surroundings) : null,
  };
}
