import { runProgram } from '../program/run-program.ts';
import { qlaunch } from '../qlaunch/qlaunch.ts';

await runProgram(qlaunch);
