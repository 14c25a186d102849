import { z } from 'zod';
import { isZone } from '../../core/time-interval/local-time.ts';
import { parseDaysOfMonth, parseMonths, parseTimes, parseWeekdays, parseYears } from '../../core/time-interval/parse.ts';
import type { Range } from '../../core/time-interval/time-interval.ts';
import { name } from './common.ts';

/** Alertmanager's `time_intervals`, key by key. https://prometheus.io/docs/alerting/latest/configuration/#time_interval */

function ranges(parse: (text: string) => Range, example: string) {
  const range = z.coerce.string().transform((text, context) => said(() => parse(text), `write ${example}`, context));
  return z.array(range).optional();
}

/** What `read` answers, or its complaint as an issue of the schema. */
function said<T>(read: () => T, fix: string, context: z.RefinementCtx): T {
  try {
    return read();
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message, params: { code: 'bad-value', fix } });
    return z.NEVER;
  }
}

const clock = 'must be a time of the day such as "09:00"';

const times = z
  .strictObject({
    start_time: z.string({ error: clock }),
    end_time: z.string({ error: clock }),
  })
  .transform(({ start_time: start, end_time: end }, context) =>
    said(() => parseTimes(start, end), 'write two times of one day, the earlier first, such as "09:00" and "17:00"', context),
  );

const spanSchema = z.strictObject({
  times: z.array(times).optional().describe('{start_time: HH:MM, end_time: HH:MM} of one day, the end not included; 24:00 is its end'),
  weekdays: ranges(parseWeekdays, 'names of days from sunday to saturday, such as monday:friday').describe('sunday, or monday:friday'),
  days_of_month: ranges(parseDaysOfMonth, 'days such as 1, 1:7 or -1, which is the last one').describe('1, 1:7; -1 is the last one'),
  months: ranges(parseMonths, 'months such as may, 5 or march:june').describe('may, 5, or march:june'),
  years: ranges(parseYears, 'years such as 2026 or 2026:2028').describe('2026, or 2026:2028'),
  location: z
    .string()
    .refine(isZone, { error: 'must be a place of the IANA time zone database, such as Europe/Berlin' })
    .default('UTC')
    .describe('whose clocks count'),
});

export const timeIntervalSchema = z.strictObject({
  name: name.describe('unique'),
  time_intervals: z.array(spanSchema).min(1).describe('active while one of these is; all keys of one must fit, an empty list fits never'),
});
export type TimeIntervalDocument = z.output<typeof timeIntervalSchema>;
