import { STATES } from '@skyrocket/model/states';
import { choice, flag, integerList, text } from '../command-line/option.ts';

/** Which Fireworks a command is about; those given are joined by "and". */
export const fireworkSelection = {
  fwIds: integerList(
    '-i --fw_id',
    'FW_ID[,FW_ID...]',
    'these fw_ids, separated by commas (of Workflows: any of their Fireworks)',
  ),
  name: text('-n --name', 'NAME', 'with exactly this name'),
  state: choice('-s --state', STATES, 'in this state'),
  query: text(
    '-q --query',
    'QUERY',
    'that match this MongoDB filter: JSON, YAML or a Python literal; {} is all',
  ),
  launchesMode: flag('-lm --launches_mode', '-q and -s speak of the Launches of a Firework instead'),
};

/** Which Workflows a command is about; the same words, which speak of Workflows then. */
export const workflowSelection = {
  fwIds: fireworkSelection.fwIds,
  name: fireworkSelection.name,
  state: fireworkSelection.state,
  query: fireworkSelection.query,
};

/** Allows a command to change more than PW_CHECK_NUM entries. */
export const password = text(
  '--password',
  'YYYY-MM-DD',
  "today's date: allows to change more than PW_CHECK_NUM (default 10) entries without a question",
);
