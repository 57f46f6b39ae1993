import { type Schema, Validator } from '@cfworker/json-schema';
import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import published from '../../../docs/schemas/operation-failed.json' with { type: 'json' };

/** A part of a text that can't stay as it is. */
export interface Mistake {
  /** First character, and the one after the last. */
  readonly from: number;
  readonly to: number;
  readonly message: string;
}

type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value };
type Path = readonly (string | number)[];

const OPERATION = published.$defs.operation;
const STRICT = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false };
/** Stands for a value that the operator was not shown. */
const MASK = '***';

/** What is wrong with a text that must be JSON, and keep no mask. */
export function jsonMistakes(text: string): readonly Mistake[] {
  const { tree, mistakes } = parsed(text);
  return mistakes.length > 0 || !tree ? mistakes : masksIn(tree);
}

/** What is wrong with a JSON Merge Patch of an operation, by the schema of operations. */
export function patchMistakes(text: string, operation: Readonly<Record<string, unknown>>): readonly Mistake[] {
  const { tree, mistakes } = parsed(text);
  if (mistakes.length > 0 || !tree) return mistakes;
  if (tree.type !== 'object') return [at(tree, 'must be an object with the fields to change')];
  const patch = getNodeValue(tree) as { readonly [name: string]: Value };
  return [...masksIn(tree), ...unknownFields(tree), ...schemaMistakes(tree, merged(operation as Value, patch))];
}

function parsed(text: string) {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, STRICT);
  const mistakes = errors.map(({ error, offset, length }) => {
    const words = printParseErrorCode(error).replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ');
    return { from: offset, to: offset + Math.max(1, length), message: `not JSON: ${words.toLowerCase()}` };
  });
  return { tree, mistakes: mistakes.slice(0, 1) };
}

function masksIn(node: Node): readonly Mistake[] {
  if (node.value === MASK) return [at(node, `${MASK} stands for a value that you were not shown: write it out`)];
  return (node.children ?? []).flatMap(masksIn);
}

function unknownFields({ children = [] }: Node): readonly Mistake[] {
  return children.flatMap(({ children: [name] = [] }) =>
    name === undefined || name.value in OPERATION.properties
      ? []
      : [at(name, `unknown field; valid fields: ${Object.keys(OPERATION.properties).join(', ')}`)],
  );
}

function schemaMistakes(tree: Node, operation: Value): readonly Mistake[] {
  const { errors } = new Validator(OPERATION as Schema, '2020-12', false).validate(operation);
  // The last error of a place is the most exact. Errors of what the patch leaves alone are not the operator's.
  const found = new Map<string, Mistake>();
  for (const { instanceLocation, keyword, error } of errors) {
    const path = pathOf(instanceLocation);
    const node = path.length === 0 ? undefined : findNodeAtLocation(tree, [...path]);
    if (node) found.set(instanceLocation, at(node, messageOf(path, keyword, error)));
    else if (keyword === 'required') found.set(instanceLocation, at(tree, 'must leave method and path'));
  }
  const all = [...found];
  return all.filter(([place]) => !all.some(([other]) => other.startsWith(`${place}/`))).map(([, mistake]) => mistake);
}

function messageOf(path: Path, keyword: string, error: string): string {
  const [field = ''] = path;
  if (keyword === 'enum') return `must be one of ${OPERATION.properties.method.enum.join(', ')}`;
  if (field === 'path' && (keyword === 'pattern' || keyword === 'not')) return 'must be a path that begins with /';
  if (field === 'body') return 'a GET or HEAD has no body, nor has an operation with a bodyClaim: set that to null';
  return error;
}

function pathOf(pointer: string): Path {
  const parts = pointer.replace(/^#\/?/, '').split('/');
  return parts[0] === '' ? [] : parts.map((part) => decodeURI(part).replaceAll('~1', '/').replaceAll('~0', '~'));
}

function at({ offset, length }: Node, message: string): Mistake {
  return { from: offset, to: offset + Math.max(1, length), message };
}

/** Applies a JSON Merge Patch (RFC 7396). */
function merged(target: Value | undefined, patch: Value): Value {
  if (!isObject(patch)) return patch;
  const members = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) members.delete(name);
    else members.set(name, merged(members.get(name), change));
  }
  return Object.fromEntries(members);
}

function isObject(value: Value | undefined): value is { readonly [name: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
