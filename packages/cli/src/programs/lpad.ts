import { lpad } from '../lpad/lpad.ts';
import { runProgram } from '../program/run-program.ts';

await runProgram(lpad);
