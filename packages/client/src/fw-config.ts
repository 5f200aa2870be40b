import { join } from 'node:path';
import { SkyrocketError } from '@skyrocket/model/errors';
import { nearMiss } from '@skyrocket/model/near-miss';
import { defaultNameUpdates } from '@skyrocket/model/task-names';
import { findFWConfigFile, fullPath, ownDirectory, type Surroundings } from './config-search.ts';
import { type LogLevel, levelSetting } from './log-level.ts';
import { readSettingsFile, SettingsFile } from './settings-file.ts';

/** FW_config.yaml: format §10.3, as far as it means something here, and settings of our own. */
export interface FWConfig {
  /** The file; null when there is none and these are the defaults. */
  source: string | null;
  /** USER_PACKAGES and ADD_USER_PACKAGES: where Python Firetasks with short names are sought. */
  userPackages: string[];
  /** FW_NAME_UPDATES. */
  nameUpdates: ReadonlyMap<string, string>;
  /** FW_BLOCK_FORMAT, in the letters of Python's strftime. */
  blockFormat: string;
  /** FW_LOGGING_FORMAT, in the words of Python's logging. */
  loggingFormat: string;
  /** PRINT_FW_JSON and PRINT_FW_YAML. */
  print: { json: boolean; yaml: boolean };
  pingSeconds: number;
  maintainSeconds: number;
  rapidfireSleepSeconds: number;
  launchpadLocation: string | null;
  fworkerLocation: string | null;
  /** What qlaunch goes by. */
  queue: QueueConfig;
  /** CONFIG_FILE_DIR. */
  configDirectory: string;
  /** STREAM_LOGLEVEL. */
  logLevel: LogLevel;
  /** ROCKET_STREAM_LOGLEVEL. */
  rocketLogLevel: LogLevel;
  templateDirectory: string | null;
  removeUselessDirectories: boolean;
  storePackingInfo: boolean;
  /** PW_CHECK_NUM: how many entries a command changes without `--password`. */
  changesWithoutPassword: number;
  trackerLines: number;
  /** RUN_EXPIRATION_SECS: a Launch without a lease is lost when it was not heard of for so long. */
  runExpirationSeconds: number;
  /** RESERVATION_EXPIRATION_SECS: a reservation that stands for longer is given back. */
  reservationExpirationSeconds: number;
  /** WFLOCK_EXPIRATION_SECS. */
  lockExpirationSeconds: number;
  /** GRIDFS_FALLBACK_COLLECTION; null: large actions are refused. */
  actionBucket: string | null;
  /** SORT_FWS. */
  sortFireworks: 'FIFO' | 'FILO' | '';
  exceptionDetailsOnRerun: boolean;
  /** ECHO_TEST: told at the start of every program. */
  echo: string | null;
  /** MAX_FILE_MIB: longer workflow files are refused. Ours. */
  maxFileMebibytes: number;
  /** GRACE_SECS: how long tasks may take to end after a signal. Ours. */
  graceSeconds: number;
  /** RERUN_LOST and RERUN_LOST_LIMIT: after which ends of their jobs Fireworks run again by themselves, and how often. Ours. */
  rerunLost: { rerun: string[]; atMost: number };
  /** SPOOL_DIR: the folder of the workers' journals; absolute. Ours. */
  spoolDirectory: string;
}

export interface QueueConfig {
  /** QUEUEADAPTER_LOC. */
  adapterLocation: string | null;
  /** SUBMIT_SCRIPT_NAME. */
  scriptName: string;
  /** QUEUE_JOBNAME_MAXLEN. */
  jobNameLength: number;
  /** QUEUE_UPDATE_INTERVAL: the pause between two submissions. Here there is none unless it is set. */
  pauseSeconds: number;
  /** QUEUE_RETRY_ATTEMPTS. */
  listAttempts: number;
  /** ALWAYS_CREATE_NEW_BLOCK. */
  firstBlock: 'newest' | 'new';
}

/** Known to FireWorks, read by the user's own `fireworks` package in the Python child, not by us. */
const pythonKeys = ['ENCODE_MONTY', 'DECODE_MONTY'];

/** Known to FireWorks, without effect here. */
const keysWithoutMeaning = [
  'YAML_STYLE',
  'QSTAT_FREQUENCY',
  'JSON_SCHEMA_VALIDATE',
  'JSON_SCHEMA_VALIDATE_LIST',
  'WFLOCK_EXPIRATION_KILL',
  'DS_PASSWORD',
  'WEBSERVER_HOST',
  'WEBSERVER_PORT',
  'WEBSERVER_PERFWARNINGS',
  'MONGO_SOCKET_TIMEOUT_MS',
  'MONGOMOCK_SERVERSTORE_FILE',
];

/**
 * Finds and reads FW_config.yaml. `warnings`: one sentence each, for keys that are unknown or have no meaning here.
 * @throws SkyrocketError BAD_CONFIGURATION naming file, line and key
 */
export async function readFWConfig(
  surroundings: Surroundings,
): Promise<{ config: FWConfig; warnings: string[] }> {
  const path = findFWConfigFile(surroundings);
  const file = path === null ? SettingsFile.empty('FW_config.yaml') : await readSettingsFile(path);
  const config = { ...readFireworksSettings(file), ...readOwnSettings(file, surroundings), source: path };
  return { config, warnings: keyWarnings(file) };
}

function readFireworksSettings(file: SettingsFile) {
  const packages = file.texts('USER_PACKAGES') ?? [
    'fireworks.user_objects',
    'fw_tutorials',
    'fireworks.features',
  ];
  return {
    userPackages: [...packages, ...(file.texts('ADD_USER_PACKAGES') ?? [])],
    nameUpdates: readNameUpdates(file),
    blockFormat: file.text('FW_BLOCK_FORMAT') ?? '%Y-%m-%d-%H-%M-%S-%f',
    loggingFormat: file.text('FW_LOGGING_FORMAT') ?? '%(asctime)s %(levelname)s %(message)s',
    print: { json: file.flag('PRINT_FW_JSON') ?? true, yaml: file.flag('PRINT_FW_YAML') ?? false },
    pingSeconds: file.integer('PING_TIME_SECS', 1) ?? 3600,
    maintainSeconds: file.integer('MAINTAIN_INTERVAL', 1) ?? 120,
    rapidfireSleepSeconds: file.integer('RAPIDFIRE_SLEEP_SECS', 0) ?? 60,
    launchpadLocation: file.text('LAUNCHPAD_LOC') ?? null,
    fworkerLocation: file.text('FWORKER_LOC') ?? null,
    queue: readQueueSettings(file),
    configDirectory: file.text('CONFIG_FILE_DIR') ?? '.',
    logLevel: levelSetting(file, 'STREAM_LOGLEVEL') ?? 'INFO',
    rocketLogLevel: levelSetting(file, 'ROCKET_STREAM_LOGLEVEL') ?? 'INFO',
    templateDirectory: file.text('TEMPLATE_DIR') ?? null,
    removeUselessDirectories: file.flag('REMOVE_USELESS_DIRS') ?? true,
    storePackingInfo: file.flag('STORE_PACKING_INFO') ?? true,
    changesWithoutPassword: file.integer('PW_CHECK_NUM', 0) ?? 10,
    trackerLines: file.integer('TRACKER_LINES', 1) ?? 25,
    runExpirationSeconds: file.integer('RUN_EXPIRATION_SECS', 1) ?? 4 * 3600,
    reservationExpirationSeconds: file.integer('RESERVATION_EXPIRATION_SECS', 1) ?? 14 * 24 * 3600,
    lockExpirationSeconds: file.integer('WFLOCK_EXPIRATION_SECS', 1) ?? 300,
    actionBucket: readActionBucket(file),
    sortFireworks: file.word('SORT_FWS', ['FIFO', 'FILO', '']) ?? ('' as const),
    exceptionDetailsOnRerun: file.flag('EXCEPT_DETAILS_ON_RERUN') ?? false,
    echo: file.has('ECHO_TEST') ? String(file.value('ECHO_TEST')) : null,
  };
}

function readQueueSettings(file: SettingsFile): QueueConfig {
  return {
    adapterLocation: file.text('QUEUEADAPTER_LOC') ?? null,
    scriptName: file.text('SUBMIT_SCRIPT_NAME') ?? 'FW_submit.script',
    jobNameLength: file.integer('QUEUE_JOBNAME_MAXLEN', 1) ?? 20,
    pauseSeconds: file.integer('QUEUE_UPDATE_INTERVAL', 0) ?? 0,
    listAttempts: file.integer('QUEUE_RETRY_ATTEMPTS', 1) ?? 10,
    firstBlock: file.flag('ALWAYS_CREATE_NEW_BLOCK') ? 'new' : 'newest',
  };
}

/** Null is a setting of its own here. */
function readActionBucket(file: SettingsFile): string | null {
  const bucket = file.text('GRIDFS_FALLBACK_COLLECTION');
  return file.all().get('GRIDFS_FALLBACK_COLLECTION') === null ? null : (bucket ?? 'fw_gridfs');
}

function readNameUpdates(file: SettingsFile): ReadonlyMap<string, string> {
  const map = file.map('FW_NAME_UPDATES');
  if (map === undefined) return defaultNameUpdates;
  const updates = new Map<string, string>();
  for (const [old, name] of map) {
    if (typeof name !== 'string') throw file.wrongKind('FW_NAME_UPDATES', 'a mapping of texts to texts');
    updates.set(old, name);
  }
  return updates;
}

/** Python FireWorks refuses keys that it does not know: where both read one file, ours are set by SKYROCKET_<key>. */
function readOwnSettings(file: SettingsFile, surroundings: Surroundings) {
  const { environment } = surroundings;
  const [size, grace, folder] = [
    file.integer('MAX_FILE_MIB', 1),
    file.integer('GRACE_SECS', 0),
    file.text('SPOOL_DIR'),
  ];
  const spool = environment.SKYROCKET_SPOOL_DIR || folder;
  return {
    maxFileMebibytes: integerFrom(environment, 'SKYROCKET_MAX_FILE_MIB') ?? size ?? 256,
    graceSeconds: integerFrom(environment, 'SKYROCKET_GRACE_SECS') ?? grace ?? 10,
    rerunLost: readRerunLost(file, environment),
    spoolDirectory: spool ? fullPath(spool, surroundings) : join(ownDirectory(surroundings), 'spool'),
  };
}

/** How jobs end that are lost, in the words of Slurm. */
const lostCauses = ['NODE_FAIL', 'PREEMPTED', 'REQUEUED', 'TIMEOUT', 'CANCELLED', 'OUT_OF_MEMORY', 'FAILED'];

/** By default what the batch system did to the job, and not what the job or a user did: as Slurm requeues jobs. */
const infrastructureCauses = ['NODE_FAIL', 'PREEMPTED', 'REQUEUED'];

function readRerunLost(file: SettingsFile, environment: Surroundings['environment']): FWConfig['rerunLost'] {
  const name = 'SKYROCKET_RERUN_LOST';
  const [texts, limit] = [file.texts('RERUN_LOST'), file.integer('RERUN_LOST_LIMIT', 0)];
  const given = environment[name]?.split(',').filter((word) => word !== '');
  for (const word of given ?? texts ?? []) {
    if (lostCauses.includes(word)) continue;
    const where = given ? `environment variable ${name}` : `${file.path}, RERUN_LOST`;
    throw new SkyrocketError(
      'BAD_CONFIGURATION',
      `${where}: "${word}" is none of the ways in which jobs end: ${lostCauses.join(', ')}`,
    );
  }
  return {
    rerun: given ?? texts ?? infrastructureCauses,
    atMost: integerFrom(environment, 'SKYROCKET_RERUN_LOST_LIMIT') ?? limit ?? 3,
  };
}

function integerFrom(environment: Surroundings['environment'], name: string): number | undefined {
  const text = environment[name];
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new SkyrocketError(
    'BAD_CONFIGURATION',
    `environment variable ${name}: an integer is expected here, not "${text}"`,
  );
}

function keyWarnings(file: SettingsFile): string[] {
  const unread = file.unread();
  const idle = unread.filter((key) => keysWithoutMeaning.includes(key));
  const unknown = unread.filter((key) => !idle.includes(key) && !pythonKeys.includes(key));
  const warnings = unknown.map((key) => {
    const meant = nearMiss(key, [...file.asked(), ...keysWithoutMeaning]);
    return `${file.path}: the key ${key} is not known${meant === null ? '' : ` (was ${meant} meant?)`}`;
  });
  if (idle.length > 0) {
    warnings.push(`${file.path}: without effect here: ${idle.join(', ')}`);
  }
  return warnings;
}
