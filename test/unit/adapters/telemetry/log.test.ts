import { describe, expect, test } from 'vitest';
import { createLog, type LogOptions } from '../../../../src/adapters/telemetry/log.ts';
import { logOf } from '../../../../src/core/log.ts';
import { sampleRun } from '../../../support/sample.ts';

function logInto(lines: string[], over: Partial<LogOptions> = {}) {
  return createLog({ level: 'info', format: 'json', secrets: () => [], write: (line) => lines.push(line), ...over });
}

describe('the log', () => {
  test('is one JSON object a line with UTC time, level by name and the facts in fields', () => {
    const lines: string[] = [];
    logInto(lines).warn({ reason: 'paused', count: 2 }, 'held');
    expect(lines).toHaveLength(1);
    const { time, ...rest } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(rest).toEqual({ level: 'warn', reason: 'paused', count: 2, msg: 'held' });
  });

  test('leaves out what lies below its level', () => {
    const lines: string[] = [];
    const log = logInto(lines, { level: 'warn' });
    log.info({}, 'no');
    log.error({}, 'yes');
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['yes']);
  });

  test('names run, rule and target on every line of a run', () => {
    const lines: string[] = [];
    const run = sampleRun();
    logOf(logInto(lines), run).info({ step: 'x' }, 'did');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ run: run.id, rule: run.rule, target: run.target.key, step: 'x' });
  });

  test.each(['json', 'logfmt'] as const)('in %s never prints a secret, whether it is known by its field or by its value', (format) => {
    const lines: string[] = [];
    const log = logInto(lines, { format, secrets: () => ['tok"en-1234', ''] });
    log.info({ authorization: 'Bearer abc', headers: { token: 'def' }, url: 'http://h/?k=tok"en-1234' }, 'sent');
    log.error({ err: new Error('refused tok"en-1234') }, 'failed');
    const text = lines.join('');
    expect(text).not.toMatch(/abc|def|en-1234/);
    expect(text.match(/<secret>/g)?.length).toBeGreaterThanOrEqual(4);
  });

  test('does not mistake a short value for a secret', () => {
    const lines: string[] = [];
    logInto(lines, { secrets: () => ['a'] }).info({}, 'a banana');
    expect(lines[0]).toContain('a banana');
  });
});

describe('logfmt', () => {
  function logfmt(fields: object, message: string): string {
    const lines: string[] = [];
    logInto(lines, { format: 'logfmt' }).info(fields, message);
    return (lines[0] ?? '').replace(/^time=\S+ /, '');
  }

  test('quotes only where it must', () => {
    expect(logfmt({ run: 'r-1', n: 3, ok: true, list: [1, 2], what: 'two words' }, 'done')).toBe(
      'level=info msg=done run=r-1 n=3 ok=true list=[1,2] what="two words"\n',
    );
  });

  test('keeps hostile text on its line and out of the terminal', () => {
    const text = logfmt({ pod: 'x\n level=error\u001b[31m"\u202e\u0085', 'k e=y': 'v', empty: '' }, 'alert');
    expect(text).toBe(String.raw`level=info msg=alert pod="x\n level=error\u001b[31m\"\u202e\u0085" k_e_y=v empty=""` + '\n');
  });

  test('ends with the error', () => {
    expect(logfmt({ err: new TypeError('bad thing'), run: 'r-1' }, 'failed')).toMatch(
      /^level=info msg=failed run=r-1 stack="TypeError: bad thing.*" err="TypeError: bad thing"\n$/,
    );
  });
});
