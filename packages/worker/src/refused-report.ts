import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '@skyrocket/contract/log';
import { parseJson, stringifyJson } from '@skyrocket/model/lossless-json';
import type { UserValue } from '@skyrocket/model/user-data';
import type { EndedEntry } from './journal.ts';
import { reportText } from './report-document.ts';

/** A report that the launchpad did not take: what the user decided meanwhile won. */
export interface RefusedReport extends EndedEntry {
  reason: string;
}

/**
 * Keeps a refused report for the user, as `refused_report_<launch id>.json` in the launch directory (in the spool where
 * that is gone), and says so.
 */
export function keepRefusedReport({ report, reason, dir }: RefusedReport, spool: string, log: Log): void {
  const folder = dir !== '' && existsSync(dir) ? dir : spool;
  const path = join(folder, `refused_report_${report.launchId}.json`);
  const document = new Map<string, UserValue>([
    ['reason', reason],
    ['report', parseJson(reportText(report))],
  ]);
  try {
    writeFileSync(path, `${stringifyJson(document, 4)}\n`);
    log.warn(`the result of Launch ${report.launchId} was refused: ${reason} It is kept in ${path}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log.error(`the result of Launch ${report.launchId} was refused: ${reason} It cannot be kept: ${why}`);
  }
}
