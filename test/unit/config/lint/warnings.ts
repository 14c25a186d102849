import { compileAll } from '../../../../src/config/compile/compile-all.ts';
import { runLints, type LintName } from '../../../../src/config/lint/index.ts';
import type { Problem } from '../../../../src/config/problem.ts';
import { readRoot, settingOf } from '../../../../src/config/root.ts';
import { readYaml, type YamlSource } from '../../../../src/config/yaml-source.ts';
import { vocabulary } from '../vocabulary.ts';

/** What a rule has unless its test says otherwise. */
const usual = {
  target: { kind: 'Pod', namespace: '${labels.namespace}', find: { name: '${labels.pod}' } },
  remediations: [{ use: 'restart' }],
};

const recipe = { name: 'restart', steps: [{ name: 'delete', action: 'kubernetes/delete-pod' }] };
const oncall = {
  receivers: [{ name: 'hook', type: 'webhook', url: 'https://hook.example/', secret_file: 'secret' }],
  escalation_policies: [{ name: 'oncall', steps: [{ after: '0s', notify: ['hook'] }] }],
  emergency_receiver: 'hook',
  prometheus: { url: 'http://127.0.0.1:9090' },
};

/** What one lint says of these rules, named r0, r1 … unless they have names; `path: message`, after the name of the rule. */
export function warningsOf(lint: LintName, rules: readonly object[], root: object = {}, recipes: readonly object[] = []): string[] {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const rootSource = sourceOf('remediad.yaml', { ...oncall, defaults: { escalation: 'oncall' }, ...root });
  const read = readRoot(rootSource, problems, warnings);
  const setting = settingOf(read);
  const named = rules.map((rule, index) => ({ name: `r${index}`, ...usual, ...rule }));
  const remediations = [recipe, ...recipes].map((one, index) => sourceOf(`remediation-${index}.yaml`, one));
  const sources = { rules: [sourceOf('rules.yaml', { rules: named })], remediations };
  const compiled = compileAll(sources, setting, vocabulary, problems, warnings);
  if (problems.length > 0) throw new Error(problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return runLints({ rules: compiled, root: read.document, rootSource, setting }, [lint]).map(({ path, message }) => `${path}: ${message}`);
}

function sourceOf(file: string, value: object): YamlSource {
  const source = readYaml(file, JSON.stringify(value));
  if (Array.isArray(source)) throw new Error(`${file} is no YAML`);
  return source as YamlSource;
}
