// How figures are made: rounds that alternate, and medians.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Does each of the measurements in turn, so often; what disturbs the machine disturbs all of them. Gives the medians. */
export async function alternate(rounds, measurements) {
  const values = Object.fromEntries(Object.keys(measurements).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of Object.entries(measurements)) values[name].push(await measure());
  }
  return Object.fromEntries(Object.entries(values).map(([name, all]) => [name, median(all)]));
}

/** Seconds that something takes. */
export async function seconds(work) {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

/** The value below which this share of them is. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
