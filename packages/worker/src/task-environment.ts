const secretName = /^(SKYROCKET|FW|FWAPP|LAUNCHPAD|LPAD)_.*(TOKEN|PASSWORD|PASSWD|SECRET)/i;

/** The environment that tasks start with: the worker's own, without what opens its launchpad. */
export function taskEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !secretName.test(name)));
}
