import { runProgram } from '../program/run-program.ts';
import { mlaunch } from '../rlaunch/mlaunch.ts';

await runProgram(mlaunch);
