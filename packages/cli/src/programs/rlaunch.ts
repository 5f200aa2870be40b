import { runProgram } from '../program/run-program.ts';
import { rlaunch } from '../rlaunch/rlaunch.ts';

await runProgram(rlaunch);
