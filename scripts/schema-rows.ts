import { z } from 'zod';
import { duration, durationOrNever, members, template } from '../src/config/schema/common.ts';
import { formatDuration } from '../src/core/duration.ts';

/** One key of a file that a person writes. */
export interface KeyRow {
  /** From the top of the table: `a.b`, `list[].key`, `map.<name>.key`. */
  readonly path: string;
  readonly type: string;
  /** What holds when it is left out; `required` when it may not be; empty when nothing holds then. */
  readonly fallback: string;
  readonly describe: string;
}

/** What the schema does not say: by path, in the place of what it says. */
export interface Amendments {
  readonly fallbacks?: Readonly<Record<string, string>>;
  readonly words?: Readonly<Record<string, string>>;
  readonly types?: Readonly<Record<string, string>>;
  /** Objects whose keys stand in another table: path → its type. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

/** The keys of a schema in its order, those of its members behind their own. */
export function rowsOf(schema: z.ZodType, amendments: Amendments = {}, path = ''): KeyRow[] {
  const { inner } = unwrap(schema);
  if (!(inner instanceof z.ZodObject)) throw new Error(`${path} is no object`);
  return Object.entries(inner.shape as Record<string, z.ZodType>).flatMap(([key, member]) =>
    keyRows(path === '' ? key : `${path}.${key}`, member, amendments),
  );
}

function keyRows(path: string, schema: z.ZodType, amendments: Amendments): KeyRow[] {
  const { inner, fallback, describe } = unwrap(schema);
  const own: KeyRow = {
    path,
    type: amendments.elsewhere?.[path] ?? amendments.types?.[path] ?? typeOf(inner),
    fallback: amendments.fallbacks?.[path] ?? fallback,
    describe: amendments.words?.[path] ?? describe,
  };
  if (amendments.elsewhere?.[path] !== undefined) return [own];
  const [suffix, element] = elementOf(inner);
  if (!(element instanceof z.ZodObject)) return [own];
  const nested = rowsOf(element, amendments, `${path}${suffix}`);
  // A map that says nothing of itself is told by its keys.
  return own.describe === '' && element === inner ? nested : [own, ...nested];
}

/** What stands in a list or map, and how a path names it. */
function elementOf(schema: z.ZodType): readonly [suffix: string, element: z.ZodType] {
  if (schema instanceof z.ZodArray) return ['[]', unwrap(schema.element as z.ZodType).inner];
  if (schema instanceof z.ZodRecord) return ['.<name>', unwrap(schema.valueType as z.ZodType).inner];
  return ['', schema];
}

interface Unwrapped {
  readonly inner: z.ZodType;
  readonly fallback: string;
  readonly describe: string;
}

function unwrap(schema: z.ZodType): Unwrapped {
  const describe = schema.description ?? '';
  if (schema instanceof z.ZodOptional) return { ...below(schema, describe), fallback: '' };
  if (schema instanceof z.ZodPrefault) return { ...below(schema, describe), fallback: '' };
  if (schema instanceof z.ZodDefault) {
    const under = below(schema, describe);
    return { ...under, fallback: valueText(under.inner, schema.def.defaultValue) };
  }
  return { inner: schema, fallback: 'required', describe };
}

function below(schema: z.ZodOptional | z.ZodPrefault | z.ZodDefault, describe: string): Unwrapped {
  const under = unwrap(schema.unwrap() as z.ZodType);
  return { ...under, describe: describe === '' ? under.describe : describe };
}

function valueText(schema: z.ZodType, value: unknown): string {
  if (typeof value === 'number' && isLike(schema, duration)) return `\`${formatDuration(value)}\``;
  const isEmpty = value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  return isEmpty ? '' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/** A refined or described schema is a copy that shares the parts of the one it was made of. */
function isLike(schema: z.ZodType, other: z.ZodType): boolean {
  if (schema instanceof z.ZodPipe && other instanceof z.ZodPipe) return schema.def.in === other.def.in;
  return schema.def === other.def;
}

function typeOf(schema: z.ZodType): string {
  if (isLike(schema, duration)) return `duration${boundsOf(schema)}`;
  if (isLike(schema, durationOrNever)) return 'duration or `never`';
  if (isLike(schema, members)) return 'number or percentage of members';
  if (isLike(schema, template)) return 'text with `${…}`';
  if (schema instanceof z.ZodPipe) return typeOf(schema.in as z.ZodType);
  if (schema instanceof z.ZodEnum) return schema.options.map((one) => `\`${one}\``).join(', ');
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((one) => `\`${String(one)}\``).join(', ');
  if (schema instanceof z.ZodArray) return `list of ${plural(typeOf(unwrap(schema.element as z.ZodType).inner))}`;
  if (schema instanceof z.ZodRecord) return `map of ${plural(typeOf(unwrap(schema.valueType as z.ZodType).inner))}`;
  if (schema instanceof z.ZodNumber) return numberType(schema);
  if (schema instanceof z.ZodString) return 'text';
  if (schema instanceof z.ZodBoolean) return '`true`, `false`';
  return schema instanceof z.ZodObject ? 'map' : 'any';
}

const plurals: Readonly<Record<string, string>> = { text: 'texts', map: 'maps', any: 'any', 'text with `${…}`': 'texts with `${…}`' };

function plural(type: string): string {
  return plurals[type] ?? (type.startsWith('list of') ? `lists of ${type.slice('list of '.length)}` : type);
}

function numberType({ minValue, maxValue, format }: z.ZodNumber): string {
  const whole = format === 'safeint' ? 'whole number' : 'number';
  const bounded = maxValue !== null && maxValue < Number.MAX_SAFE_INTEGER;
  if (bounded) return `${whole} ${minValue}–${maxValue}`;
  return minValue !== null && minValue > Number.MIN_SAFE_INTEGER ? `${whole} from ${minValue}` : whole;
}

/** The bounds stand in the words of the refusal; 250 years are beyond all of them. */
function boundsOf(schema: z.ZodType): string {
  const message = schema.safeParse('250y').error?.issues[0]?.message ?? '';
  const [, least = '', most = ''] = /between (\S+) and (\S+)$/.exec(message) ?? [];
  return least === '' ? '' : ` ${least}–${most}`;
}
