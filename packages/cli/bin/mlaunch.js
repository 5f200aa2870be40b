#!/usr/bin/env node
import { runProgram } from '../dist/program/run-program.js';
import { mlaunch } from '../dist/rlaunch/mlaunch.js';

await runProgram(mlaunch);
