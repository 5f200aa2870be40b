#!/usr/bin/env node
import { runProgram } from '../dist/program/run-program.js';
import { qlaunch } from '../dist/qlaunch/qlaunch.js';

await runProgram(qlaunch);
