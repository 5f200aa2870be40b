#!/usr/bin/env node
import { lpad } from '../dist/lpad/lpad.js';
import { runProgram } from '../dist/program/run-program.js';

await runProgram(lpad);
