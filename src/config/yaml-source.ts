import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Alias,
  type Document,
  type ErrorCode,
  type Node,
  type Scalar,
} from 'yaml';
import type { Json } from '../core/json.ts';
import { formatPath, type PathSegment, type Problem, type ProblemCode } from './problem.ts';

export const yamlLimits = { bytes: 1_048_576, depth: 32 } as const;

/** A YAML file that could be read as one, and where each part of it stands. */
export interface YamlSource {
  readonly file: string;
  readonly value: Json;
  /** A problem at the value at `path`, `offset` code units into it; at the nearest parent if the path leads nowhere. */
  problem(
    code: ProblemCode,
    path: readonly PathSegment[],
    message: string,
    fix: string,
    at?: { readonly key?: true; readonly offset?: number },
  ): Problem;
  /** Where the value at `path` stands; its nearest parent if the path leads nowhere. */
  place(path: readonly PathSegment[]): { readonly line: number; readonly column: number };
}

/**
 * Reads one file, strictly: YAML 1.2 core, one document, string keys, each once; no aliases, no tags, bounded size and depth. Every fault is
 * told at once.
 */
export function readYaml(file: string, text: string): YamlSource | readonly Problem[] {
  if (text.length > yamlLimits.bytes) {
    return [problemAt(file, 0, 0, 'too-large', `the file is longer than ${yamlLimits.bytes} bytes`, 'split it into several files')];
  }
  const { document, lines } = parse(text);
  const place = (code: ProblemCode, offset: number, message: string, fix: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return problemAt(file, line, col, code, message, fix);
  };
  const faults = syntaxFaults(document, place);
  if (faults.length > 0) return faults;
  const content = new Content(document, place);
  return content.faults.length > 0 ? content.faults : new Source(file, text, content.value);
}

interface Parsed {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

function parse(text: string): Parsed {
  const lines = new LineCounter();
  const options = { version: '1.2', schema: 'core', stringKeys: true, prettyErrors: false, logLevel: 'error' } as const;
  return { document: parseDocument(text, { ...options, lineCounter: lines }), lines };
}

type Place = (code: ProblemCode, offset: number, message: string, fix: string) => Problem;

function problemAt(file: string, line: number, column: number, code: ProblemCode, message: string, fix: string): Problem {
  return { file, line, column, path: '', code, message, fix };
}

function syntaxFaults({ errors, warnings }: Document.Parsed, place: Place): Problem[] {
  // The reader ran out of stack: whatever else it says follows from that.
  const exhausted = errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  if (exhausted !== undefined) return [tooDeep(exhausted.pos[0], place)];
  return [
    ...errors.map(({ code, pos, message }) => syntaxFault(code, pos[0], message, place)),
    ...warnings.map(({ pos, message }) => place('tag', pos[0], lowerFirst(message), 'remove the tag')),
  ];
}

function syntaxFault(code: ErrorCode, offset: number, message: string, place: Place): Problem {
  switch (code) {
    case 'DUPLICATE_KEY':
      return place('duplicate-key', offset, 'the key stands here for the second time', 'keep one of them');
    case 'MULTIPLE_DOCS':
      return place('several-documents', offset, 'the file holds several documents', 'put each into a file of its own');
    case 'TAB_AS_INDENT':
      return place('bad-yaml', offset, 'a tab indents this line', 'indent with spaces');
    default:
      return place('bad-yaml', offset, lowerFirst(message), '');
  }
}

function tooDeep(offset: number, place: Place): Problem {
  return place('nested-too-deep', offset, `nested more than ${yamlLimits.depth} deep`, '');
}

/** The content as JSON, and what may not be in it. One walk: files of thousands of rules are read on every reload. */
class Content {
  readonly faults: Problem[] = [];
  readonly value: Json;
  readonly #document: Document.Parsed;
  readonly #place: Place;
  #isTooDeep = false;

  constructor(document: Document.Parsed, place: Place) {
    this.#document = document;
    this.#place = place;
    this.value = this.#read(document.contents, 0);
  }

  #read(node: unknown, depth: number): Json {
    if (!isNode(node) || this.#isTooDeep) return null;
    if (depth > yamlLimits.depth) {
      this.#isTooDeep = true;
      this.faults.push(tooDeep(start(node), this.#place));
      return null;
    }
    if (isAlias(node)) {
      // One whose anchor is nowhere; the others are told by their anchor.
      if (node.resolve(this.#document) === undefined) this.faults.push(noAlias(node, this.#place));
      return null;
    }
    this.#check(node);
    if (isScalar(node)) return node.value as Json;
    if (isSeq(node)) return node.items.map((item) => this.#read(item, depth + 1));
    // As own properties, whatever their names are.
    return isMap(node)
      ? Object.fromEntries(node.items.map(({ key, value }) => [this.#key(key, depth + 1), this.#read(value, depth + 1)]))
      : null;
  }

  #key(key: unknown, depth: number): string {
    const text = this.#read(key, depth) as string; // a key that is no text has been told by the reader
    if (text === '__proto__') this.faults.push(this.#place('unknown-key', start(key as Node), 'unknown key "__proto__"', 'remove it'));
    return text;
  }

  #check(node: Exclude<Node, Alias>): void {
    if (node.anchor !== undefined) this.faults.push(noAlias(node, this.#place));
    if (node.tag?.startsWith('tag:yaml.org') === true && !isPlainTag(node))
      this.faults.push(this.#place('tag', start(node), 'tags are not supported', 'remove the tag'));
  }
}

function noAlias(node: Node, place: Place): Problem {
  return place('alias', start(node), 'anchors and aliases are not supported', 'write the value out');
}

/** `!!binary`, `!!set` and their like make values that are no JSON. */
function isPlainTag(node: Node): boolean {
  return ['map', 'seq', 'str', 'int', 'float', 'bool', 'null'].some((name) => node.tag === `tag:yaml.org,2002:${name}`);
}

const start = (node: Node): number => node.range?.[0] ?? 0;
const lowerFirst = (text: string): string => `${text.charAt(0).toLowerCase()}${text.slice(1)}`;

class Source implements YamlSource {
  readonly file: string;
  readonly value: Json;
  readonly #text: string;
  /** A hundred times as large as the text, and needed only to say where something stands: made anew for the first problem. */
  #parsed: Parsed | null = null;

  constructor(file: string, text: string, value: Json) {
    this.file = file;
    this.#text = text;
    this.value = value;
  }

  problem(
    code: ProblemCode,
    path: readonly PathSegment[],
    message: string,
    fix: string,
    at: { readonly key?: true; readonly offset?: number } = {},
  ): Problem {
    const { document, lines } = this.#nodes();
    const node = find(document, path, at.key === true);
    const { line, col } = lines.linePos(node === null ? 0 : start(node) + this.#within(node, at.offset ?? 0));
    return { file: this.file, line, column: col, path: formatPath(path), code, message, fix };
  }

  place(path: readonly PathSegment[]): { readonly line: number; readonly column: number } {
    const { document, lines } = this.#nodes();
    const node = find(document, path, false);
    const { line, col } = lines.linePos(node === null ? 0 : start(node));
    return { line, column: col };
  }

  #nodes(): Parsed {
    return (this.#parsed ??= parse(this.#text));
  }

  /** Where in the file an offset into a text lies. Only what stands in one line just as it is meant can be told; else the beginning must do. */
  #within(node: Node, offset: number): number {
    if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return 0;
    const quotes = isQuoted(node) ? 1 : 0;
    const source = this.#text.slice(node.range[0] + quotes, node.range[1] - quotes);
    return source === node.value ? quotes + offset : 0;
  }
}

const isQuoted = (node: Scalar): boolean => node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';

/** The node at the path or its nearest parent; of a value, its key if that is asked for. */
function find(document: Document.Parsed, path: readonly PathSegment[], key: boolean): Node | null {
  let node: Node | null = document.contents;
  for (const [index, segment] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === segment);
      if (pair === undefined) return node;
      const wanted = key && index === path.length - 1 ? pair.key : pair.value;
      node = isNode(wanted) ? wanted : (pair.key as Node);
    } else if (isSeq(node) && isNode(node.items[Number(segment)])) node = node.items[Number(segment)] as Node;
    else return node;
  }
  return node;
}
