import type { StartToken } from '@skyrocket/contract/agents';
import type { LaunchReport } from '@skyrocket/contract/running';
import { actionFromDocument, shortActionDocument } from '@skyrocket/model/action-document';
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
  shortCheckpointDocument,
  trackerFromDocument,
  trackerToDocument,
} from '@skyrocket/model/launch-document';
import { readTimestamp, timestamp } from '@skyrocket/model/timestamp';
import { isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';

/** A report as the journal holds it; what says nothing in its action and its checkpoint is left out. */
export function reportToDocument(report: LaunchReport): UserMap {
  const document: UserMap = new Map<string, UserValue>([
    ['launchpad', report.launchpad],
    ['launch_id', report.launchId],
    ['token', report.token],
    ['state', report.state],
    ['ended_on', report.endedOn],
    ['action', shortActionDocument(report.action)],
  ]);
  if (report.checkpoint) document.set('checkpoint', shortCheckpointDocument(report.checkpoint));
  if (report.trackers) document.set('trackers', report.trackers.map(trackerToDocument));
  if (report.launchDir !== undefined) document.set('launch_dir', report.launchDir);
  return document;
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
