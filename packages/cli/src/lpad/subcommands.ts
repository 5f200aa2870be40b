import type { SubcommandEntry } from '../program/subcommand.ts';
import type { LpadContext } from './context.ts';

/** Every subcommand of lpad, in the order of its help. Each is loaded when it is chosen. */
export const subcommands: readonly SubcommandEntry<LpadContext>[] = [
  {
    names: ['init'],
    describe: 'write my_launchpad.yaml, which says where the launchpad is',
    load: () => import('./commands/init.ts'),
  },
  {
    names: ['reset'],
    describe: 'empty the launchpad: every Workflow, Firework and Launch is gone',
    load: () => import('./commands/reset.ts'),
  },
  {
    names: ['add'],
    describe: 'add Workflows from files; prints which fw_ids they got',
    load: () => import('./commands/add.ts'),
  },
  {
    names: ['add_scripts'],
    describe: 'add a Workflow that runs shell commands one after another',
    load: () => import('./commands/add-scripts.ts'),
  },
  {
    names: ['check_wflow'],
    describe: 'check whether a stored Workflow hangs together, and its dataflow fits',
    load: () => import('./commands/check-wflow.ts'),
  },
  {
    names: ['append_wflow'],
    describe: 'add a Workflow from a file below Fireworks that are stored',
    load: () => import('./commands/append-wflow.ts'),
  },
  {
    names: ['dump_wflow'],
    describe: 'write a stored Workflow as a file that can be added again',
    load: () => import('./commands/dump-wflow.ts'),
  },
  {
    names: ['export'],
    describe: 'write all Workflows with their states and Launches into one file',
    load: () => import('./commands/export.ts'),
  },
  {
    names: ['import'],
    describe: 'store what was exported from another launchpad; what is there already stays as it is',
    load: () => import('./commands/import.ts'),
  },
  { names: ['get_fws'], describe: 'show Fireworks', load: () => import('./commands/get-fws.ts') },
  {
    names: ['get_fws_in_wflows', 'get_fws_in_wfs'],
    describe: 'show Fireworks of certain Workflows',
    load: () => import('./commands/get-fws-in-wflows.ts'),
  },
  {
    names: ['get_wflows', 'get_wfs'],
    describe: 'show Workflows',
    load: () => import('./commands/get-wflows.ts'),
  },
  {
    names: ['get_launchdir'],
    describe: 'show the directory in which a Firework ran',
    load: () => import('./commands/get-launchdir.ts'),
  },
  {
    names: ['get_qids'],
    describe: 'show the ids of the queue jobs for which Fireworks were reserved',
    load: () => import('./commands/get-qids.ts'),
  },
  {
    names: ['cancel_qid'],
    describe: 'take a reservation back, and its job out of the queue',
    load: () => import('./commands/cancel-qid.ts'),
  },
  {
    names: ['detect_unreserved'],
    describe: 'show Launches that are reserved for too long',
    load: () => import('./commands/detect-unreserved.ts'),
  },
  {
    names: ['track_fws'],
    describe: 'show the last lines of the files that Fireworks track',
    load: () => import('./commands/track-fws.ts'),
  },
  {
    names: ['rerun_fws'],
    describe: 'run Fireworks again, and what comes after them',
    load: () => import('./commands/rerun-fws.ts'),
  },
  {
    names: ['pause_fws'],
    describe: 'hold Fireworks back that have not begun',
    load: () => import('./commands/pause-fws.ts'),
  },
  {
    names: ['resume_fws'],
    describe: 'let paused Fireworks go on',
    load: () => import('./commands/resume-fws.ts'),
  },
  {
    names: ['defuse_fws'],
    describe: 'switch Fireworks off',
    load: () => import('./commands/defuse-fws.ts'),
  },
  {
    names: ['reignite_fws'],
    describe: 'switch defused Fireworks on again',
    load: () => import('./commands/reignite-fws.ts'),
  },
  {
    names: ['update_fws'],
    describe: 'change the specs of Fireworks that are not claimed, running or done',
    load: () => import('./commands/update-fws.ts'),
  },
  {
    names: ['set_priority'],
    describe: 'set the priority of Fireworks; higher ones are run first',
    load: () => import('./commands/set-priority.ts'),
  },
  {
    names: ['pause_wflows', 'pause_wfs'],
    describe: 'hold back what has not begun in Workflows (lpad resume_fws lets it go on)',
    load: () => import('./commands/pause-wflows.ts'),
  },
  {
    names: ['defuse_wflows', 'defuse_wfs'],
    describe: 'switch off what is not COMPLETED or FIZZLED in Workflows',
    load: () => import('./commands/defuse-wflows.ts'),
  },
  {
    names: ['reignite_wflows', 'reignite_wfs'],
    describe: 'switch on again what is defused in Workflows',
    load: () => import('./commands/reignite-wflows.ts'),
  },
  {
    names: ['archive_wflows', 'archive_wfs'],
    describe: 'put Workflows away for good; they stay readable',
    load: () => import('./commands/archive-wflows.ts'),
  },
  {
    names: ['delete_wflows', 'delete_wfs'],
    describe: 'delete Workflows with their Fireworks and Launches',
    load: () => import('./commands/delete-wflows.ts'),
  },
  {
    names: ['recover'],
    describe: 'tell the launchpad results that workers on this machine could not tell',
    load: () => import('./commands/recover.ts'),
  },
  {
    names: ['detect_lostruns'],
    describe:
      'find Launches that nobody speaks for any more, and Fireworks that do not agree with their Launches',
    load: () => import('./commands/detect-lostruns.ts'),
  },
  {
    names: ['report'],
    describe: 'count by state what changed in the last days, hours, …',
    load: () => import('./commands/report.ts'),
  },
  {
    names: ['introspect'],
    describe: 'show what FIZZLED entries have and COMPLETED ones have not',
    load: () => import('./commands/introspect.ts'),
  },
  {
    names: ['check'],
    describe: 'look for what is wrong with the launchpad, and say what to do',
    load: () => import('./commands/check.ts'),
  },
  {
    names: ['recover_offline'],
    describe: 'tell the launchpad what Fireworks did that ran without it',
    load: () => import('./commands/recover-offline.ts'),
  },
  {
    names: ['forget_offline'],
    describe: 'look no more for results of Fireworks that run without the launchpad',
    load: () => import('./commands/forget-offline.ts'),
  },
  {
    names: ['offline prepare'],
    describe: 'reserve Fireworks for a job without a launchpad, each in a directory below this one',
    load: () => import('./commands/offline-prepare.ts'),
  },
  {
    names: ['offline install-cron'],
    describe: 'let cron run "lpad recover_offline" in this directory, every few minutes',
    load: () => import('./commands/offline-install-cron.ts'),
  },
  {
    names: ['offline remove-cron'],
    describe: 'let it no more',
    load: () => import('./commands/offline-remove-cron.ts'),
  },
  {
    names: ['admin maintain'],
    describe: 'find workers that are dead, and release or fizzle what they left',
    load: () => import('./commands/admin-maintain.ts'),
  },
  {
    names: ['admin refresh'],
    describe: 'bring the states of Workflows up to date',
    load: () => import('./commands/admin-refresh.ts'),
  },
  {
    names: ['admin unlock'],
    describe: 'remove locks that dead programs left on Workflows (an embedded launchpad has none)',
    load: () => import('./commands/admin-unlock.ts'),
  },
  {
    names: ['admin tuneup'],
    describe: 'make indexes that are missing',
    load: () => import('./commands/admin-tuneup.ts'),
  },
  {
    names: ['watch'],
    describe: 'show how Workflows go on, until they have ended',
    load: () => import('./commands/watch.ts'),
  },
  {
    names: ['wait'],
    describe:
      'wait until Workflows have ended, for scripts: exit code 0 when all is COMPLETED, 3 when time is over',
    load: () => import('./commands/wait.ts'),
  },
  {
    names: ['serve'],
    describe: 'serve the launchpad over HTTP, so that workers need no database password',
    load: () => import('./commands/serve.ts'),
  },
  {
    names: ['token create'],
    describe: 'make a token, by which somebody may use the server',
    load: () => import('./commands/token-create.ts'),
  },
  {
    names: ['token list'],
    describe: 'show the tokens',
    load: () => import('./commands/token-list.ts'),
  },
  {
    names: ['token revoke'],
    describe: 'make tokens worthless',
    load: () => import('./commands/token-revoke.ts'),
  },
  {
    names: ['admin orphaned'],
    describe: 'find Fireworks that belong to no Workflow (an embedded launchpad has none)',
    load: () => import('./commands/admin-orphaned.ts'),
  },
  {
    names: ['version'],
    describe: 'show the version, and which launchpad is used',
    load: () => import('./commands/version.ts'),
  },
];
