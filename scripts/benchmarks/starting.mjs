// How long a person waits for `lpad get_fws -i 1`: the whole program, its files in the cache of the system.

import { alternate, seconds } from './rounds.mjs';
import { inSite } from './site.mjs';
import { loose, toText } from './workflows.mjs';

const rounds = 21;

export function starting() {
  return inSite(async (site) => {
    await site.run('lpad', 'add', site.write('ten.json', toText(loose(10), 'json')));
    return alternate(rounds, {
      get_fws_seconds: () => seconds(() => site.run('lpad', 'get_fws', '-i', '1')),
      rlaunch_help_seconds: () => seconds(() => site.run('rlaunch', '-h')),
    });
  });
}
