// ScriptTask `true` in one slot, beside a bare Node loop that runs the same command with the same shell and streams.

import { alternate, seconds } from './rounds.mjs';
import { inSite } from './site.mjs';
import { loose, toText } from './workflows.mjs';

const fireworks = 1000;
const rounds = 5;
const largeMebibytes = 500;
const text = toText(loose(fireworks, { _fw_name: 'ScriptTask', script: 'true' }), 'json');

export async function commands() {
  const rates = await alternate(rounds, {
    script_per_second: () => inSite((site) => rateOfSkyrocket(site)),
    script_loop_per_second: () =>
      inSite((site) => rateOf(() => site.runScript('command-loop.mjs', String(fireworks)))),
  });
  const starts = await alternate(rounds, {
    command_start_ms_small: () => millisecondsToStart('spawner', 0),
    command_start_ms_large: () => millisecondsToStart('spawner', largeMebibytes),
    command_start_ms_node: () => millisecondsToStart('node', 0),
    command_start_ms_node_large: () => millisecondsToStart('node', largeMebibytes),
  });
  return {
    ...rates,
    script_share_of_loop: rates.script_per_second / rates.script_loop_per_second,
    ...starts,
    command_start_large_over_node: starts.command_start_ms_large / starts.command_start_ms_node,
  };
}

const rateOf = async (work) => fireworks / (await seconds(work));

async function rateOfSkyrocket(site) {
  await site.run('lpad', 'add', site.write('script.json', text));
  return rateOf(() => site.run('rlaunch', '-s', 'rapidfire', '--sleep', '0'));
}

/** In a process that holds so much: one command after another, each until it has ended. */
function millisecondsToStart(way, mebibytes) {
  return inSite(async (site) => Number(await site.runScript('command-starts.mjs', way, String(mebibytes))));
}
