/** The version of all packages of this house; programs, agents and launchpads say it of themselves. */
export const skyrocketVersion = '0.1.0';
