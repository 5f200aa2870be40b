// `lpad add` of a directory of 10,000 workflow files, of both: the whole program, less the same program with one file.

import { pythonSays, startPythonLpad } from './fireworks-side.mjs';
import { inMongoSite } from './mongo-site.mjs';
import { alternate, seconds } from './rounds.mjs';
import { succeeded } from './site.mjs';
import { folderOf, singles } from './worker-rates.mjs';

const files = Number(process.env.FILES ?? 10_000);
const rounds = 3;

export async function adding(mongod) {
  const [all, one] = [folderOf(singles(files)), folderOf(singles(1))];
  const measured = await alternate(rounds, {
    adding_fireworks_seconds: () => pythonAdds(mongod, all),
    adding_fireworks_one_file_seconds: () => pythonAdds(mongod, one),
    adding_skyrocket_seconds: () => skyrocketAdds(mongod, all),
    adding_skyrocket_one_file_seconds: () => skyrocketAdds(mongod, one),
  });
  const perSecond = (side) =>
    (files - 1) / (measured[`adding_${side}_seconds`] - measured[`adding_${side}_one_file_seconds`]);
  return {
    ...measured,
    adding_fireworks_per_second: perSecond('fireworks'),
    adding_skyrocket_per_second: perSecond('skyrocket'),
    adding_times: perSecond('skyrocket') / perSecond('fireworks'),
  };
}

function skyrocketAdds(mongod, folder) {
  return inMongoSite(mongod, (site) => seconds(() => site.run('lpad', '-s', 'add', '-d', folder)));
}

function pythonAdds(mongod, folder) {
  return inMongoSite(mongod, async (site, database) => {
    await pythonSays(mongod, database, 'reset', 0);
    const words = ['-l', 'my_launchpad.yaml', '-s', 'add', '-d', folder];
    return seconds(() => succeeded(startPythonLpad(site.directory, ...words)));
  });
}
