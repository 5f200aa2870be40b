import type { StartToken } from '@skyrocket/contract/agents';
import type { LaunchReport } from '@skyrocket/contract/running';
import { actionFromDocument, shortActionText } from '@skyrocket/model/action-document';
import {
  memberInteger,
  memberList,
  memberMap,
  memberText,
  readMembers,
} from '@skyrocket/model/document-fault';
import { launchId } from '@skyrocket/model/ids';
import {
  checkpointFromDocument,
  shortCheckpointText,
  trackerFromDocument,
  trackerToDocument,
} from '@skyrocket/model/launch-document';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import { readTimestamp, timestamp } from '@skyrocket/model/timestamp';
import { isUserMap, type UserMap } from '@skyrocket/model/user-data';

/**
 * A report as the journal holds it, in lossless JSON; what says nothing in its action and its checkpoint is left out. There
 * is one for each Launch, so texts are joined.
 */
export function reportText(report: LaunchReport): string {
  const { launchId, state, endedOn, action, checkpoint, trackers, launchDir } = report;
  const [launchpad, token] = [stringifyJson(report.launchpad), stringifyJson(report.token)];
  let text = `{"launchpad": ${launchpad}, "launch_id": ${launchId}, "token": ${token}, "state": "${state}"`;
  text += `, "ended_on": ${stringifyJson(endedOn)}, "action": ${shortActionText(action)}`;
  if (checkpoint) text += `, "checkpoint": ${shortCheckpointText(checkpoint)}`;
  if (trackers) text += `, "trackers": ${stringifyJson(trackers.map(trackerToDocument))}`;
  if (launchDir !== undefined) text += `, "launch_dir": ${stringifyJson(launchDir)}`;
  return `${text}}`;
}

/** @throws DocumentFault BAD_FILE or BAD_ACTION when it is not a report */
export function reportFromDocument(document: UserMap): LaunchReport {
  const reader = readMembers(document, [], 'BAD_FILE');
  const checkpoint = document.get('checkpoint');
  const launchDir = document.get('launch_dir');
  return {
    launchpad: memberText(reader, 'launchpad', ''),
    launchId: launchId(memberInteger(reader, 'launch_id', -1)),
    token: memberText(reader, 'token', '') as StartToken,
    state: document.get('state') === 'COMPLETED' ? 'COMPLETED' : 'FIZZLED',
    endedOn: readTimestamp(memberText(reader, 'ended_on', '')) ?? timestamp(0),
    action: actionFromDocument(memberMap(reader, 'action')),
    ...(isUserMap(checkpoint) && { checkpoint: checkpointFromDocument(checkpoint) }),
    ...(document.has('trackers') && {
      trackers: memberList(reader, 'trackers').filter(isUserMap).map(trackerFromDocument),
    }),
    ...(typeof launchDir === 'string' && { launchDir }),
  };
}
