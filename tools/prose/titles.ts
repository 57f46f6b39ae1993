import { parseAst } from 'rolldown/parseAst';

/**
 * Extracts the titles of a file's tests and groups as Markdown. Each is an item of a list on its line, so that messages
 * point to the source.
 */
export function titlesOf(source: string): string {
  const lines = source.split('\n').map(() => '');
  visit(parseAst(source, { lang: 'ts' }), (title, start) => {
    lines[source.slice(0, start).split('\n').length - 1] = `- ${title}`;
  });
  return lines.join('\n');
}

interface Node {
  readonly type?: string;
  readonly start?: number;
  readonly name?: string;
  readonly object?: Node;
  readonly callee?: Node;
  readonly arguments?: readonly Node[];
  readonly value?: unknown;
  readonly quasis?: readonly { readonly value: { readonly cooked: string } }[];
}

function visit(node: unknown, found: (title: string, start: number) => void): void {
  if (typeof node !== 'object' || node === null) return;
  const { type, callee, start = 0, arguments: [first] = [] } = node as Node;
  if (type === 'CallExpression' && /^(?:it|test|describe)$/.test(functionOf(callee))) {
    const title = textOf(first);
    if (title !== undefined) found(title, first?.start ?? start);
  }
  for (const each of Object.values(node)) visit(each, found);
}

/** The function that a chain begins with: `it` for `it.concurrent.each(cases)`. */
function functionOf(node: Node | undefined): string {
  return node?.name ?? (node && functionOf(node.object ?? node.callee)) ?? '';
}

/** A title's text, in which `…` replaces what differs between cases. */
function textOf({ value, quasis }: Node = {}): string | undefined {
  const text = quasis?.map(({ value: { cooked } }) => cooked).join('…') ?? value;
  return typeof text === 'string' ? text.replaceAll('\n', ' ').replaceAll(/%[sdijo#]|\$\w[\w.]*/g, '…') : undefined;
}
