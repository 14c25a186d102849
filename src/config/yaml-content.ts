import { isAlias, isMap, isNode, isScalar, isSeq, type Alias, type Document, type Node, type YAMLMap } from 'yaml';
import type { Json } from '../core/json.ts';
import type { Problem, ProblemCode } from './problem.ts';

/** `entries`: of one map. A file of `bytes` is read, or refused, within a second, whatever stands in it. */
export const yamlLimits = { bytes: 524_288, depth: 32, entries: 2000 } as const;

/** A problem at an offset into the text. */
export type Place = (code: ProblemCode, offset: number, message: string, fix: string) => Problem;

export const start = (node: Node): number => node.range?.[0] ?? 0;

/** The content as JSON, and what may not be in it. One walk: files of thousands of rules are read on every reload. */
export function readContent(document: Document.Parsed, place: Place): { readonly value: Json; readonly faults: readonly Problem[] } {
  const content = new Content(place);
  return { value: content.read(document.contents, 0), faults: content.faults };
}

export function tooDeep(offset: number, place: Place): Problem {
  return place('nested-too-deep', offset, `nested more than ${yamlLimits.depth} deep`, '');
}

class Content {
  readonly faults: Problem[] = [];
  readonly #place: Place;
  readonly #anchors = new Set<string>();
  #isTooDeep = false;

  constructor(place: Place) {
    this.#place = place;
  }

  read(node: unknown, depth: number): Json {
    if (!isNode(node) || this.#isTooDeep) return null;
    if (depth > yamlLimits.depth) {
      this.#isTooDeep = true;
      this.faults.push(tooDeep(start(node), this.#place));
      return null;
    }
    if (isAlias(node)) {
      // One whose anchor is nowhere before it; the others are told by their anchor.
      if (!this.#anchors.has(node.source)) this.#noAlias(node);
      return null;
    }
    this.#checkProperties(node);
    if (isScalar(node)) return this.#scalar(node.value as Json, node);
    if (isSeq(node)) return node.items.map((item) => this.read(item, depth + 1));
    return isMap(node) ? this.#map(node, depth + 1) : null;
  }

  #map(node: YAMLMap, depth: number): Json {
    if (node.items.length > yamlLimits.entries) {
      this.#tell('too-large', node, `the map has more than ${yamlLimits.entries} entries`, 'split it');
      return null;
    }
    const members = new Map<string, Json>();
    for (const { key, value } of node.items) {
      const name = this.read(key, depth) as string; // a key that is no text has been told by the reader
      if (name === '__proto__') this.#tell('unknown-key', key as Node, 'unknown key "__proto__"', 'remove it');
      else if (members.has(name)) this.#tell('duplicate-key', key as Node, 'the key stands here for the second time', 'keep one of them');
      members.set(name, this.read(value, depth));
    }
    return Object.fromEntries(members); // as own properties, whatever their names are
  }

  /** What JSON does not hold, or holds as another number, would silently become something else. */
  #scalar(value: Json, node: Node): Json {
    const isExact = typeof value !== 'number' || (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)));
    if (!isExact) this.#tell('bad-value', node, 'the number cannot be told exactly', 'write a number below 2^53, or text in quotes');
    return value;
  }

  #checkProperties(node: Exclude<Node, Alias>): void {
    if (node.anchor !== undefined) {
      this.#anchors.add(node.anchor);
      this.#noAlias(node);
    }
    if (node.tag?.startsWith('tag:yaml.org') === true && !isPlainTag(node)) {
      this.#tell('tag', node, 'tags are not supported', 'remove the tag');
    }
  }

  #noAlias(node: Node): void {
    this.#tell('alias', node, 'anchors and aliases are not supported', 'write the value out');
  }

  #tell(code: ProblemCode, node: Node, message: string, fix: string): void {
    this.faults.push(this.#place(code, start(node), message, fix));
  }
}

/** `!!binary`, `!!set` and their like make values that are no JSON. */
function isPlainTag(node: Node): boolean {
  return ['map', 'seq', 'str', 'int', 'float', 'bool', 'null'].some((name) => node.tag === `tag:yaml.org,2002:${name}`);
}
