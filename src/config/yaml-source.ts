import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
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
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    stringKeys: true,
    prettyErrors: false,
    logLevel: 'error',
  });
  const place = (code: ProblemCode, offset: number, message: string, fix: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return problemAt(file, line, col, code, message, fix);
  };
  const faults = syntaxFaults(document, place);
  if (faults.length === 0) faults.push(...contentFaults(document, place));
  return faults.length > 0 ? faults : new Source(file, text, document, lines);
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

function contentFaults(document: Document.Parsed, place: Place): Problem[] {
  const faults: Problem[] = [];
  visit(document, (key, node, ancestors) => {
    if (ancestors.filter(isCollection).length > yamlLimits.depth) {
      faults.push(tooDeep(isNode(node) ? start(node) : 0, place));
      return visit.BREAK;
    }
    if (isNode(node) && !isAlias(node) && node.anchor !== undefined) faults.push(noAlias(node, place));
    // One whose anchor is nowhere; the others are told by their anchor.
    if (isAlias(node) && node.resolve(document) === undefined) faults.push(noAlias(node, place));
    if (isNode(node) && node.tag?.startsWith('tag:yaml.org') === true && !isPlainTag(node)) {
      faults.push(place('tag', start(node), 'tags are not supported', 'remove the tag'));
    }
    if (key === 'key' && isScalar(node) && node.value === '__proto__') {
      faults.push(place('unknown-key', start(node), 'unknown key "__proto__"', 'remove it'));
    }
    return undefined;
  });
  return faults;
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
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;

  constructor(file: string, text: string, document: Document.Parsed, lines: LineCounter) {
    this.file = file;
    this.#text = text;
    this.#document = document;
    this.#lines = lines;
    this.value = document.toJS({ maxAliasCount: 0 }) as Json;
  }

  problem(
    code: ProblemCode,
    path: readonly PathSegment[],
    message: string,
    fix: string,
    at: { readonly key?: true; readonly offset?: number } = {},
  ): Problem {
    const node = this.#find(path, at.key === true);
    const { line, col } = this.#lines.linePos(node === null ? 0 : start(node) + this.#within(node, at.offset ?? 0));
    return { file: this.file, line, column: col, path: formatPath(path), code, message, fix };
  }

  place(path: readonly PathSegment[]): { readonly line: number; readonly column: number } {
    const node = this.#find(path, false);
    const { line, col } = this.#lines.linePos(node === null ? 0 : start(node));
    return { line, column: col };
  }

  /** The node at the path or its nearest parent; of a value, its key if that is asked for. */
  #find(path: readonly PathSegment[], key: boolean): Node | null {
    let node: Node | null = this.#document.contents;
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

  /** Where in the file an offset into a text lies. Only what stands in one line just as it is meant can be told; else the beginning must do. */
  #within(node: Node, offset: number): number {
    if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return 0;
    const quotes = isQuoted(node) ? 1 : 0;
    const source = this.#text.slice(node.range[0] + quotes, node.range[1] - quotes);
    return source === node.value ? quotes + offset : 0;
  }
}

const isQuoted = (node: Scalar): boolean => node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
