import { LOG_LEVELS, type LogLevel } from '@skyrocket/client/log-level';
import type { Log } from '@skyrocket/contract/log';
import { type LogFile, openLogFile } from './log-file.ts';

export interface LogSettings {
  /** Begins the names of log files. */
  name: string;
  /** The lowest level that is told on standard error. */
  level: LogLevel;
  /** Where log files are written: `<name>-debug.log` with everything, `<name>-error.log` with errors. */
  directory: string | null;
  /** FW_LOGGING_FORMAT, in the words of Python's logging. */
  format: string;
}

/** The log of a program: on standard error, and in files where a directory is named. */
export function createLog(settings: LogSettings): Log {
  const lowest = LOG_LEVELS.indexOf(settings.level);
  const files = settings.directory === null ? [] : openFiles(settings.directory, settings.name);
  const tell = (level: LogLevel, message: string) => {
    const rank = LOG_LEVELS.indexOf(level);
    if (rank < lowest && files.length === 0) return;
    const text = `${logLine(settings, { level, message, at: new Date() })}\n`;
    if (rank >= lowest) process.stderr.write(text);
    for (const { file, from } of files) if (rank >= LOG_LEVELS.indexOf(from)) file.append(text);
  };
  return {
    debug: (message) => tell('DEBUG', message),
    info: (message) => tell('INFO', message),
    warn: (message) => tell('WARNING', message),
    error: (message) => tell('ERROR', message),
  };
}

function openFiles(directory: string, name: string): { file: LogFile; from: LogLevel }[] {
  return [
    { file: openLogFile(directory, `${name}-debug.log`), from: 'DEBUG' },
    { file: openLogFile(directory, `${name}-error.log`), from: 'ERROR' },
  ];
}

interface Entry {
  level: LogLevel;
  message: string;
  at: Date;
}

/** `%(asctime)s %(levelname)s %(message)s`, filled in as Python's logging does it; what is not known stays as it is. */
export function logLine({ name, format }: Pick<LogSettings, 'name' | 'format'>, entry: Entry): string {
  return format.replace(/%\((\w+)\)-?\d*[sdf]|%%/g, (written, word?: string) => {
    if (written === '%%') return '%';
    switch (word) {
      case 'asctime':
        return localTime(entry.at);
      case 'levelname':
        return entry.level;
      case 'message':
        return entry.message;
      case 'name':
        return name;
      case 'process':
        return String(process.pid);
      default:
        return written;
    }
  });
}

/** `2026-11-22 10:13:00,255` on the clock of this place, as Python's logging writes it. */
function localTime(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${day} ${clock},${String(at.getMilliseconds()).padStart(3, '0')}`;
}
