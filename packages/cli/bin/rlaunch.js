#!/usr/bin/env node
import { runProgram } from '../dist/program/run-program.js';
import { rlaunch } from '../dist/rlaunch/rlaunch.js';

await runProgram(rlaunch);
