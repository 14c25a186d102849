import {
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type ErrorCode,
  type Node,
  type Scalar,
} from 'yaml';
import type { Json } from '../core/json.ts';
import { readFast } from './fast-yaml.ts';
import { formatPath, type PathSegment, type Problem, type ProblemCode } from './problem.ts';
import { readContent, start, tooDeep, yamlLimits, type Place } from './yaml-content.ts';

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
  const value = text.search(unseen) === -1 ? readFast(text) : undefined;
  return value === undefined ? readWithPlaces(file, text) : new Source(file, text, value);
}

function readWithPlaces(file: string, text: string): YamlSource | readonly Problem[] {
  const { document, lines } = parse(text);
  const place = (code: ProblemCode, offset: number, message: string, fix: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return problemAt(file, line, col, code, message, fix);
  };
  const faults = [...unseenFaults(text, place), ...syntaxFaults(document, place)];
  const content = readContent(document, place);
  // What else is wrong with the content may follow from a fault of the syntax.
  if (faults.length > 0) return [...faults, ...content.faults.filter(({ code }) => code === 'duplicate-key')];
  return content.faults.length > 0 ? content.faults : new Source(file, text, content.value);
}

interface Parsed {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

function parse(text: string): Parsed {
  const lines = new LineCounter();
  // Keys are compared below: the library compares each with each, which takes minutes for a file full of them.
  const options = { version: '1.2', schema: 'core', stringKeys: true, uniqueKeys: false, prettyErrors: false, logLevel: 'error' } as const;
  return { document: parseDocument(text, { ...options, lineCounter: lines }), lines };
}

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
    case 'MULTIPLE_DOCS':
      return place('several-documents', offset, 'the file holds several documents', 'put each into a file of its own');
    case 'TAB_AS_INDENT':
      return place('bad-yaml', offset, 'a tab indents this line', 'indent with spaces');
    case 'BLOCK_AS_IMPLICIT_KEY':
      return place('bad-yaml', offset, 'a map begins within a line that is one already', 'put a text that holds ": " in quotes');
    default:
      return place('bad-yaml', offset, lowerFirst(message), '');
  }
}

/** Control characters, those that turn the direction of what follows, and those without width: nobody sees them, and what is read is not what is meant. */
const unseen = /[[\p{Cc}--[\t\n\r]]\p{Cs}\xad\u200b\u202a-\u202e\u2060-\u2069\ufeff]/gv;

function unseenFaults(text: string, place: Place): Problem[] {
  return Array.from(text.matchAll(unseen), ({ 0: character, index }) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0');
    const message = `the character U+${code.toUpperCase()} cannot be seen`;
    return place('bad-yaml', index, message, `remove it, or write it as "\\u${code}" in double quotes`);
  });
}

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
