import { describe, expect, test } from 'vitest';
import {
  ExpressionError,
  parseCondition,
  parseExpression,
  parseTemplate,
  renderTemplates,
  type Variables,
} from '../../../src/core/expression.ts';

const variables: Variables = {
  labels: JSON.parse('{"pod":"node-1","instance":"[fd00::1]:9100","foo.bar":"q","constructor":"c","__proto__":"p"}') as Record<
    string,
    string
  >,
  annotations: { summary: 'it is down' },
  params: { min_peers: 3 },
  steps: {
    pod: { ok: true, phase: 'Running', restarts: 3, reason: null, conditions: [{ type: 'Ready', status: 'True' }] },
    peers: { json: ['a', 'b'], ratio: 1.5, whole: 2, odd: { constructor: 1, toString: 2 } },
  },
  run: { started_at: 1_795_291_200_500 },
  priority: 'P1',
};

function failure(run: () => unknown): { kind: string; message: string; at: [number, number]; missing: string | null } {
  try {
    run();
  } catch (error) {
    if (error instanceof ExpressionError)
      return { kind: error.kind, message: error.message, at: [error.offset, error.length], missing: error.missing };
    throw error;
  }
  throw new Error('expected an ExpressionError');
}

describe('an expression has the value', () => {
  test.each([
    ['labels.pod', 'node-1'],
    ['labels["foo.bar"]', 'q'],
    ['labels.constructor', 'c'],
    ['labels.__proto__', 'p'],
    ['labels["__proto__"]', 'p'],
    ['steps.peers.odd.toString', 2],
    ['size(labels)', 5],
    ['"pod" in labels', true],
    ['labels.all(name, labels[name] != "")', true],
    ['annotations.summary.contains("down")', true],
    ['steps.pod.phase == "Running" && size(steps.peers.json) < params.min_peers', true],
    ['steps.pod.reason == null', true],
    ['steps.pod.reason == "OOMKilled"', false],
    ['steps.pod.restarts == 3.0', true],
    ['steps.pod.conditions.exists(c, c.type == "Ready" && c.status == "True")', true],
    ['steps.pod.conditions[0].type', 'Ready'],
    ['steps["pod"]["phase"]', 'Running'],
    [
      'steps.peers.json.map(a, steps.peers.json.map(b, a + b))',
      [
        ['aa', 'ab'],
        ['ba', 'bb'],
      ],
    ],
    ['steps.peers.json.map(a, ["x"].exists(b, b == a))', [false, false]],
    ['steps.peers.json.filter(p, p != "a")', ['b']],
    ['steps.peers.ratio * 2', 3],
    ['steps.peers.whole * 2.5', 5],
    ['steps.peers.whole / 4', 0],
    ['steps.peers.whole / 4.0', 0.5],
    ['1.5 + steps.peers.whole - 0.5', 3],
    ['2.0 - params.min_peers', -1],
    ['3.0 / params.min_peers', 1],
    ['has(labels.zone) ? labels.zone : "none"', 'none'],
    ['has(workload.container)', false],
    ['labels.pod == "node-1" || labels.zone == "a"', true],
    ['labels.pod.re2("^node-[0-9]+$")', true],
    ['labels.pod.re2("^NODE")', false],
    ['host(labels.instance)', 'fd00::1'],
    ['stamp(run.started_at)', '20261121_200000'],
    ['priority', 'P1'],
    ['[1, "a", null, true]', [1, 'a', null, true]],
    ['{"a": {"b": 1.5}}', { a: { b: 1.5 } }],
    ['labels', variables.labels],
    ['steps.pod.conditions', [{ type: 'Ready', status: 'True' }]],
    ['-params.min_peers + 1', -2],
    ['!steps.pod.ok', false],
    ['steps.pod.phase == null || null == steps.pod.phase', false],
    ['steps.pod.reason != null', false],
  ])('%s', (text, value) => {
    expect(parseExpression(text).evaluate(variables)).toEqual(value);
  });
});

describe('an expression is refused at load', () => {
  test.each([
    ['', 'the expression is empty', [0, 0]],
    ['  ', 'the expression is empty', [0, 2]],
    ['1 +', 'unexpected end of the expression', [3, 0]],
    ['"abc', 'unterminated string', [0, 4]],
    ['a b', "unexpected character: 'b'", [2, 1]],
    ['labls.pod', 'unknown variable "labls": did you mean "labels"?', [0, 5]],
    [
      'true && zone == "a"',
      'unknown variable "zone"; there are labels, annotations, alert, target, workload, params, steps, run, rule, incident, priority',
      [8, 4],
    ],
    ['hosts(labels.instance)', 'unknown function "hosts": did you mean "host"?', [0, 22]],
    ['cel.bind(x, 1, x)', expect.stringMatching(/^unknown function "bind"; there are host, stamp, /), [0, 17]],
    ['labels.pod.matches("^(a+)+$")', 'matches() is not available, its time has no bound: use text.re2("pattern")', [0, 29]],
    ['labels.pod.re2("[a")', 'error parsing regexp: missing closing ]: `[a`', [15, 4]],
    ['labels.pod.re2(labels.zone)', 'the pattern of re2() must be a text in quotes', [15, 11]],
    ['labels.pod.re2(1)', 'the pattern of re2() must be a text in quotes', [15, 1]],
    ['labels.pod.re2()', "found no matching overload for 'string.re2()'", [0, 16]],
    ['params.l.all()', "found no matching overload for 'dyn.all()'", [0, 14]],
    ['labels.pod > 3', 'no such overload: string > int', [0, 14]],
    ['size(steps)', 'name the step: steps.NAME, or steps["NAME"]', [5, 5]],
    ['steps[labels.pod].ok', 'name the step: steps.NAME, or steps["NAME"]', [0, 5]],
    ['params.l.all(labels, true)', 'labels is a variable of its own: choose another name', [13, 6]],
    ['params.l.all("x", true)', 'all(var, predicate) invalid predicate iteration variable', [13, 3]],
    [
      'params.l.map(a, params.l.map(b, params.l.map(c, c)))',
      'more than one nested comprehension (all, exists, exists_one, map, filter)',
      [32, 18],
    ],
    ['params.l.all(a, a in labels.list.split(","))', 'within a comprehension "in" may not look into a computed list', [21, 22]],
    ['params.l.map(a, a.split(",").map(b, b))', 'a nested comprehension may not run over a computed list', [16, 12]],
    [`${'1 + '.repeat(600)}1`, 'the expression is longer than 2000 characters', [0, 2401]],
    [`${'1+'.repeat(300)}1`, 'exceeded maxAstNodes (500)', [0, 0]],
    [`${'('.repeat(30)}1${')'.repeat(30)}`, 'exceeded maxDepth (20)', [20, 0]],
  ])('%.60s', (text, message, at) => {
    expect(failure(() => parseExpression(text))).toEqual({ kind: 'syntax', message, at, missing: null });
  });
});

describe('an expression has no value', () => {
  const many = Array.from({ length: 257 }, (_, index) => index);
  const deep = JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`) as [];
  const odd = {
    ...variables,
    params: { many, deep, map: Object.fromEntries(many.map((n) => [`k${n}`, n])), long: 'x'.repeat(16_385), big: 2 ** 60, word: 'x' },
  };

  test.each([
    ['labels.zone', 'missing', 'labels.zone is missing', [0, 11], 'labels.zone'],
    ['labels.toString', 'missing', 'labels.toString is missing', [0, 15], 'labels.toString'],
    ['labels["z z"]', 'missing', 'labels["z z"] is missing', [0, 13], 'labels["z z"]'],
    ['true && steps.health.ok', 'missing', 'step "health" has no output', [8, 12], 'steps.health'],
    ['steps["health"].ok', 'missing', 'step "health" has no output', [0, 15], 'steps["health"]'],
    ['has(steps.health.ok)', 'missing', 'step "health" has no output', [4, 12], 'steps.health'],
    ['steps.pod.phse', 'missing', 'steps.pod.phse is missing', [0, 14], 'steps.pod.phse'],
    ['steps.pod.phase.x', 'missing', 'steps.pod.phase.x is missing', [0, 17], 'steps.pod.phase.x'],
    ['workload.container', 'missing', 'workload.container is missing', [0, 18], 'workload.container'],
    ['incident.id', 'missing', 'incident.id is missing', [0, 11], 'incident.id'],
    ['!steps.pod.reason', 'value', 'no such overload: !null', [0, 17], null],
    ['steps.pod.conditions[1]', 'value', 'no such key: index out of bounds, index 1 >= size 1', [0, 23], null],
    ['params.word > 3', 'value', 'no such overload: dyn<string> > int', [0, 15], null],
    ['1 / 0', 'value', 'division by zero', [0, 5], null],
    ['1.0 / 0.0', 'value', 'Infinity cannot leave an expression', [0, 9], null],
    ['int(labels.pod)', 'value', 'int() type error: cannot convert to int', [0, 15], null],
    ['9007199254740993', 'value', '9007199254740993 cannot leave an expression', [0, 16], null],
    ['3u', 'value', 'a value of this type cannot leave an expression', [0, 2], null],
    ['host(labels.pod + "/x")', 'value', 'host(): "node-1/x" is no host and no host:port', [0, 23], null],
    ['stamp(9007199254740991)', 'value', 'stamp(): 9007199254740991 is no time in ms since the epoch', [0, 23], null],
    ['size(params.many)', 'value', 'a list or map has more than 256 elements', [0, 17], null],
    ['size(params.map)', 'value', 'a list or map has more than 256 elements', [0, 16], null],
    ['size(params.deep)', 'value', 'values are nested more than 32 deep', [0, 17], null],
    ['size(params.long)', 'value', 'a text is longer than 16384 characters', [0, 17], null],
  ])('%s', (text, kind, message, at, missing) => {
    expect(failure(() => parseExpression(text).evaluate(odd))).toEqual({ kind, message, at, missing });
  });

  test('for want of a priority', () => {
    expect(failure(() => parseExpression('priority == "P0"').evaluate({}))).toMatchObject({ kind: 'missing', missing: 'priority' });
  });

  test('but what it does not read may be of any size', () => {
    expect(parseExpression('params.map.k1 + params.map.k2').evaluate(odd)).toBe(3);
    expect(parseExpression('params.big').evaluate(odd)).toBe(2 ** 60);
  });
});

describe('an expression tells', () => {
  test('its type as far as it is known', () => {
    expect(['labels.pod', 'steps.a.b', 'size(labels)', '1.5', 'true', '[1]'].map((text) => parseExpression(text).type)).toEqual([
      'string',
      'dyn',
      'int',
      'double',
      'bool',
      'list<int>',
    ]);
  });

  test('what it reads, and where', () => {
    const { reads, steps } = parseExpression(
      'steps.pod.phase == labels["z"] && params.list.exists(x, x == steps.peers.json[params.i].name)',
    );
    expect(reads.map(({ root, path, offset, length }) => [root, path.join('.'), offset, length])).toEqual([
      ['steps', 'pod.phase', 0, 15],
      ['labels', 'z', 19, 11],
      ['params', 'list', 34, 11],
      ['params', 'i', 78, 8],
      ['steps', 'peers.json', 61, 31],
    ]);
    expect([...steps]).toEqual(['pod', 'peers']);
  });

  test('the same when it is parsed again', () => {
    expect(parseExpression('labels.pod')).toBe(parseExpression('labels.pod'));
  });

  test('nothing old when thousands of others came between', () => {
    const before = parseExpression('labels.pod');
    for (let index = 0; index < 5001; index += 1) parseExpression(`${index}`);
    expect(parseExpression('labels.pod')).not.toBe(before);
    expect(parseExpression('labels.pod').evaluate(variables)).toBe('node-1');
  });
});

describe('a condition', () => {
  test.each([
    ['steps.pod.ok', true],
    ['labels.pod == "x"', false],
  ])('%s is %s', (text, value) => {
    expect(parseCondition(text).evaluate(variables)).toBe(value);
  });

  test('of another type is refused at load', () => {
    expect(failure(() => parseCondition('labels.pod'))).toMatchObject({
      kind: 'syntax',
      message: 'a condition must be true or false, this is of type string',
      at: [0, 10],
    });
  });

  test('whose value is of another type has no value', () => {
    expect(failure(() => parseCondition('steps.pod.phase').evaluate(variables))).toMatchObject({
      kind: 'value',
      message: 'the condition is neither true nor false',
    });
  });
});

describe('a template', () => {
  test.each([
    ['plain', 'plain'],
    ['', ''],
    ['data-${labels.pod}', 'data-node-1'],
    ['${labels.pod}.${params.min_peers}.${steps.pod.ok}.${steps.peers.ratio}', 'node-1.3.true.1.5'],
    ['${steps.peers.json}', ['a', 'b']],
    ['${steps.pod.reason}', null],
    ['$${labels.pod} costs $5 $', '${labels.pod} costs $5 $'],
    ['${"}"}${\'}\'}${{"a": "b"}["a"]}', '}}b'],
    ['${"\\"}"} ', '"} '],
    ['${"""a}"b"""}${\'\'\'a}\\\'b\'\'\'}', 'a}"ba}\'b'],
    ['${ labels.pod }', 'node-1'],
  ])('%s is %j', (text, value) => {
    expect(parseTemplate(text).evaluate(variables)).toEqual(value);
  });

  test.each([
    ['a ${labels.pod', 'syntax', '"${" has no closing "}"', [2, 2]],
    ['a ${"}x', 'syntax', 'unterminated string', [4, 1]],
    ['a ${}', 'syntax', 'the expression is empty', [4, 0]],
    ['a ${labls.pod}', 'syntax', 'unknown variable "labls": did you mean "labels"?', [4, 5]],
    ['${labels.zone}', 'missing', 'labels.zone is missing', [2, 11]],
    ['${labels.pod}-${labels.zone}', 'missing', 'labels.zone is missing', [16, 11]],
    ['x${steps.peers.json}', 'value', 'a list cannot stand inside text', [3, 16]],
    ['x${steps.peers.odd}', 'value', 'a map cannot stand inside text', [3, 15]],
    ['x${steps.pod.reason}', 'value', 'null cannot stand inside text', [3, 16]],
  ])('%s fails where it is wrong', (text, kind, message, at) => {
    expect(failure(() => parseTemplate(text).evaluate(variables))).toMatchObject({ kind, message, at });
  });

  test('tells its type, its steps and its pieces', () => {
    const template = parseTemplate('a ${steps.pod.phase} ${labels.pod}');
    expect(template.type).toBe('string');
    expect([...template.steps]).toEqual(['pod']);
    expect(template.pieces).toEqual([
      { text: 'steps.pod.phase', offset: 4 },
      { text: 'labels.pod', offset: 23 },
    ]);
    expect(template.reads.map(({ offset }) => offset)).toEqual([4, 23]);
    expect(parseTemplate('${size(labels)}').type).toBe('int');
  });

  test('stands in every string of a JSON value', () => {
    const value = { a: ['${labels.pod}', 1, null, true], b: { c: '${params.min_peers}' }, '${d}': 'x' };
    expect(renderTemplates(value, variables)).toEqual({ a: ['node-1', 1, null, true], b: { c: 3 }, '${d}': 'x' });
  });
});
