import { describe, expect, it } from '@jest/globals';
import { checkWorkflow } from '@skyrocket/model/workflow-check';
import { newWorkflowFromDocument } from '@skyrocket/model/workflow-document';
import { parseYaml } from '@skyrocket/model/yaml';

const check = (text: string): string[] => checkWorkflow(newWorkflowFromDocument(parseYaml(text)));

/** Fireworks with one PyTask each. */
const dataflow = (links: string, ...tasks: string[]) => `
metadata: {}
fws:
${tasks.map((task, i) => `- {fw_id: ${i + 1}, name: step ${i + 1}, spec: {${task}}}`).join('\n')}
links: ${links}
`;

const py = (task: string, more = '') => `_tasks: [{_fw_name: PyTask, func: f, ${task}}]${more}`;

describe('a Workflow', () => {
  it('is sound when every input has one source: a parent, the spec, or an earlier task', () => {
    const steps = [py('inputs: [a], outputs: [b]', ', a: 1'), py('inputs: [b, c], outputs: [d]', ', c: 2')];
    expect(check(dataflow('{1: [2]}', ...steps))).toEqual([]);
    const two =
      '_tasks: [{_fw_name: PyTask, func: f, outputs: [x]}, {_fw_name: PyTask, func: f, inputs: [x]}]';
    expect(check(dataflow('{}', two))).toEqual([]);
  });

  it('is sound when a COMPLETED parent has put its output into the spec', () => {
    const text = dataflow('{1: [2]}', py('outputs: [b]'), py('inputs: [b]', ', b: 7'));
    expect(check(text)).toHaveLength(1);
    expect(check(text.replace('name: step 1', 'name: step 1, state: COMPLETED'))).toEqual([]);
  });

  it('is sound when several parents give parts of one input', () => {
    const part = py('outputs: [b], chunk_number: 0');
    expect(check(dataflow('{1: [3], 2: [3]}', part, part, py('inputs: [b]')))).toEqual([]);
  });

  it('has tasks of other kinds, which are not asked about their data', () => {
    expect(check(dataflow('{}', '_tasks: [{_fw_name: ScriptTask, script: "true", inputs: [z]}]'))).toEqual(
      [],
    );
  });

  it('may name data that comes from nowhere', () => {
    expect(check(dataflow('{1: [2]}', py('outputs: [b]'), py('inputs: [a]')))).toEqual([
      'Firework 2 (step 2): its input "a" comes from nowhere: no parent outputs it, and its spec does not hold it',
    ]);
  });

  it('may name data that comes from several places', () => {
    const steps = [py('outputs: [b]'), py('outputs: [b]'), py('inputs: [b]', ', b: 1')];
    expect(check(dataflow('{1: [3], 2: [3]}', ...steps))).toEqual([
      'Firework 3 (step 3): its input "b" comes from several places: Firework 1 (step 1), Firework 2 (step 2), its spec',
    ]);
  });

  it('may output one name twice, or name data without a list', () => {
    const twice = '_tasks: [{_fw_name: PyTask, func: f, outputs: [x]}, {_fw_name: JoinListTask, output: x}]';
    expect(check(dataflow('{}', twice))).toEqual([
      'Firework 1 (step 1): several of its tasks output "x"; give each output its own name',
    ]);
    expect(check(dataflow('{}', py('outputs: x')))).toEqual([
      'Firework 1 (step 1): "outputs" of its tasks is to be a list of names',
    ]);
  });

  it('may fall into parts', () => {
    const steps = ['_tasks: []', '_tasks: []', '_tasks: []'];
    expect(check(dataflow('{1: [2]}', ...steps))).toEqual([
      'the Workflow falls into 2 parts that no link joins, with the Fireworks 1, 2; 3; link them, or add each part as a Workflow of its own',
    ]);
  });
});

describe('a CommandLineTask', () => {
  const command = (spec: string) =>
    check(
      dataflow(
        '{}',
        `_tasks: [{_fw_name: CommandLineTask, command_spec: {command: [cat], a: ${spec}}, inputs: [a]}], stored: 1`,
      ),
    );

  it('finds an input that it describes itself, or that stands in the spec', () => {
    expect(command('{source: {type: path, value: f}}')).toEqual([]);
    expect(command('{source: stored}')).toEqual([]);
    expect(command('stored')).toEqual([]);
    expect(command('{source: elsewhere}')).toHaveLength(1);
    expect(command('{target: {type: path}}')).toHaveLength(1);
  });
});
