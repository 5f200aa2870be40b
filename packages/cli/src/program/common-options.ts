import { LOG_LEVEL_WORDS } from '@skyrocket/client/log-level';
import { choice, flag, text } from '../command-line/option.ts';

/** Options that every program takes before its subcommand. */
export const commonOptions = {
  version: flag('-v --version', 'print the version and where the program is'),
  launchpadFile: text(
    '-l --launchpad_file',
    'FILE',
    'the launchpad to use (else my_launchpad.yaml is sought)',
  ),
  configDirectory: text(
    '-c --config_dir',
    'DIR',
    'where my_launchpad.yaml and my_fworker.yaml are sought first',
  ),
  logDirectory: text('--logdir', 'DIR', 'also log into files in this directory'),
  logLevel: choice('--loglvl', LOG_LEVEL_WORDS, 'how much is logged on standard error (default: INFO)'),
  silencer: flag('-s --silencer', 'log nothing on standard error; errors are still told'),
  debug: flag('--debug', 'log everything, and print the stack trace of an error'),
};

/** For programs that run Fireworks. */
export const fworkerFile = text(
  '-w --fworker_file',
  'FILE',
  'the worker to be (else my_fworker.yaml is sought)',
);
