// Prints the results of the campaign that are in the launchpad, as a table: node results.mjs [LPAD]

import { execFileSync } from 'node:child_process';

const [lpad = 'lpad'] = process.argv.slice(2);
const words = ['-o', 'json', 'get_fws', '-q', '{"name": "report", "state": "COMPLETED"}', '-d', 'all'];
const answer = JSON.parse(execFileSync(lpad, words, { encoding: 'utf8' }));

const rows = [answer]
  .flat()
  .map(({ spec: { crystal, equation_of_state: found } }) => [
    crystal.element,
    found.lattice_constant.toFixed(3),
    crystal.measured.lattice_constant.toFixed(2),
    found.energy.toFixed(4),
    crystal.measured.energy.toFixed(2),
    found.bulk_modulus.toFixed(2),
    crystal.measured.bulk_modulus.toFixed(1),
  ]);
const head = ['', 'a / Å', 'measured', 'E / eV', 'measured', 'B / GPa', 'measured'];
const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
for (const row of [head, ...rows]) console.log(row.map((cell, i) => cell.padStart(widths[i] + 2)).join(''));
