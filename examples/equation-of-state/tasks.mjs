// The Firetasks of this campaign that decide something. See docs/firetasks.md for what a task gets and may return.

const points = 7;
/** Neighbouring lattice constants differ by so much, in units of sigma. */
const step = 0.02;
const gigapascalPerElectronvoltAndCubicAngstrom = 160.2177;

/** Lattice constants around `spec.center`, as inputs of the CommandLineTasks that come next. */
export function ChooseVolumes(_parameters, { spec }) {
  const { sigma } = spec.crystal;
  const lattice_constants = Array.from({ length: points }, (_, i) => {
    const ratio = spec.center + (i - (points - 1) / 2) * step;
    return { type: 'data', value: Number((ratio * sigma).toFixed(5)) };
  });
  return { update_spec: { lattice_constants } };
}

/** Fits the energies; where their minimum is not among them, a detour computes further ones around the best so far. */
export function FitEquationOfState(_parameters, { spec }) {
  const { crystal } = spec;
  const samples = spec.energies
    .map(({ value }) => value.split(' ').map(Number))
    .map(([a, energy]) => ({ a, energy }))
    .sort((left, right) => left.a - right.a);
  const best = samples.reduce((low, sample) => (sample.energy < low.energy ? sample : low));
  if (best === samples[0] || best === samples.at(-1))
    return { detours: lookAround(spec, best.a / crystal.sigma) };
  const equation_of_state = birchMurnaghan(samples);
  return { update_spec: { equation_of_state }, stored_data: { equation_of_state } };
}

/** The same three steps again, around another lattice constant. */
function lookAround({ crystal, energy_tasks }, center) {
  const round = { crystal, energy_tasks };
  return {
    name: `${crystal.element}: look further`,
    fws: [
      {
        fw_id: -3,
        name: 'choose volumes',
        spec: { ...round, center, _tasks: [{ _fw_name: 'js:./tasks.mjs#ChooseVolumes' }] },
      },
      { fw_id: -2, name: 'compute energies', spec: { ...round, _tasks: energy_tasks } },
      {
        fw_id: -1,
        name: 'fit',
        spec: { ...round, _tasks: [{ _fw_name: 'js:./tasks.mjs#FitEquationOfState' }] },
      },
    ],
    links: { '-3': [-2], '-2': [-1] },
    metadata: {},
  };
}

/** Of an fcc crystal, per atom: a polynomial of third degree in V^(-2/3), whose minimum is known in closed form. */
function birchMurnaghan(samples) {
  const reference = samples[0].a;
  const xs = samples.map(({ a }) => (reference / a) ** 2);
  const [c0, c1, c2, c3] = fitPolynomial(
    xs,
    samples.map(({ energy }) => energy),
    3,
  );
  const x = (-c2 + Math.sqrt(c2 ** 2 - 3 * c1 * c3)) / (3 * c3);
  const lattice_constant = reference / Math.sqrt(x);
  const volume = lattice_constant ** 3 / 4;
  const curvature = 2 * c2 + 6 * c3 * x;
  return {
    lattice_constant,
    energy: c0 + c1 * x + c2 * x ** 2 + c3 * x ** 3,
    bulk_modulus: ((4 / 9) * x ** 2 * curvature * gigapascalPerElectronvoltAndCubicAngstrom) / volume,
    samples: samples.length,
  };
}

/** Least squares by the normal equations: coefficients from the constant upwards. */
function fitPolynomial(xs, ys, degree) {
  const powers = xs.map((x) => Array.from({ length: degree + 1 }, (_, i) => x ** i));
  const rows = Array.from({ length: degree + 1 }, (_, i) => [
    ...Array.from({ length: degree + 1 }, (_, j) => powers.reduce((sum, p) => sum + p[i] * p[j], 0)),
    powers.reduce((sum, p, k) => sum + p[i] * ys[k], 0),
  ]);
  return solve(rows);
}

/** Gauss and Jordan, with pivots. */
function solve(rows) {
  for (let i = 0; i < rows.length; i++) {
    const pivot = rows
      .slice(i)
      .reduce((largest, row) => (Math.abs(row[i]) > Math.abs(largest[i]) ? row : largest));
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(
      i,
      0,
      pivot.map((value) => value / pivot[i]),
    );
    for (const [j, row] of rows.entries()) {
      if (j !== i) rows[j] = row.map((value, k) => value - row[i] * rows[i][k]);
    }
  }
  return rows.map((row) => row.at(-1));
}
