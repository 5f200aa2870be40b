import {
  currentSurroundings,
  findConfigFile,
  requireConfigDirectory,
  type Surroundings,
} from '@skyrocket/client/config-search';
import { type FWConfig, readFWConfig } from '@skyrocket/client/fw-config';
import type { FWorkerFile } from '@skyrocket/client/fworker-file';
import { type LaunchPadFile, noLaunchPadFile, readLaunchPadFile } from '@skyrocket/client/launchpad-file';
import { type LogLevel, readLogLevel } from '@skyrocket/client/log-level';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Log } from '@skyrocket/contract/log';
import type { CommandLine } from '../command-line/command-line.ts';
import { commonOptions } from './common-options.ts';
import { createLog } from './log.ts';

/** What a program runs with: the configuration, found as format §10.2 says, and where it logs. */
export interface Setup {
  surroundings: Surroundings;
  config: FWConfig;
  launchpadFile: LaunchPadFile;
  log: Log;
}

/** As FireWorks names its log files. */
export type LogName = 'launchpad' | 'rocket_launcher' | 'queue_launcher';

/**
 * Reads FW_config.yaml and my_launchpad.yaml and makes the log. `line` is the program's line, read with `commonOptions`.
 * `logName` begins the names of log files.
 * @throws SkyrocketError BAD_CONFIGURATION naming file, line and key
 */
export async function setUp(line: CommandLine, logName: LogName): Promise<Setup> {
  const surroundings = currentSurroundings();
  const { config: found, warnings } = await readFWConfig(surroundings);
  const named = line.value(commonOptions.configDirectory);
  if (named !== null) requireConfigDirectory(named, surroundings);
  const config = named === null ? found : { ...found, configDirectory: named };
  const launchpadFile = await readConfiguredLaunchPad(line, { surroundings, config });
  const log = createLog({
    name: logName,
    level: logLevel(line, { config, launchpadFile, logName }),
    directory: line.value(commonOptions.logDirectory) ?? launchpadFile.logDirectory,
    format: config.loggingFormat,
  });
  for (const warning of [...warnings, ...launchpadFile.warnings]) log.warn(warning);
  if (config.source !== null) log.debug(`settings are those of ${config.source}`);
  if (config.echo !== null) log.info(config.echo);
  return { surroundings, config, launchpadFile, log };
}

type Found = Pick<Setup, 'surroundings' | 'config'>;

async function readConfiguredLaunchPad(line: CommandLine, found: Found): Promise<LaunchPadFile> {
  const { surroundings, config } = found;
  const path = findConfigFile(
    {
      kind: 'launchpad',
      named: line.value(commonOptions.launchpadFile),
      configDirectory: config.configDirectory,
      located: config.launchpadLocation,
    },
    surroundings,
  );
  return path === null ? noLaunchPadFile(surroundings) : readLaunchPadFile(path, surroundings);
}

type LevelSources = Pick<Setup, 'config' | 'launchpadFile'> & { logName: string };

function logLevel(line: CommandLine, sources: LevelSources): LogLevel {
  if (line.value(commonOptions.debug)) return 'DEBUG';
  if (line.value(commonOptions.silencer)) return 'CRITICAL';
  const { config, launchpadFile, logName } = sources;
  const configured = logName === 'rocket_launcher' ? config.rocketLogLevel : config.logLevel;
  const named = line.value(commonOptions.logLevel);
  return (named && readLogLevel(named)) ?? launchpadFile.logLevel ?? configured;
}

/** Opens the launchpad that is configured. The caller closes it. */
export async function openConfiguredLaunchPad(setup: Setup): Promise<LaunchPad> {
  const { openLaunchPad } = await import('@skyrocket/client/open-launchpad');
  return openLaunchPad(setup.launchpadFile, setup);
}

/**
 * Reads my_fworker.yaml, as named by `-w`, else found as format §10.2 says; the default worker when there is none.
 * @throws SkyrocketError BAD_CONFIGURATION naming file, line and key
 */
export async function readConfiguredFWorker(
  { config, surroundings, log }: Setup,
  named: string | null,
): Promise<FWorkerFile> {
  const path = findConfigFile(
    {
      kind: 'fworker',
      named,
      configDirectory: config.configDirectory,
      located: config.fworkerLocation,
    },
    surroundings,
  );
  const { defaultFWorkerFile, readFWorkerFile } = await import('@skyrocket/client/fworker-file');
  const file = path === null ? defaultFWorkerFile() : await readFWorkerFile(path, surroundings);
  for (const warning of file.warnings) log.warn(warning);
  log.debug(path === null ? 'worker: the default one' : `worker: ${file.fworker.name}, named by ${path}`);
  return file;
}
