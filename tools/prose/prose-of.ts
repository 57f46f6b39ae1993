/** A node of a Markdown tree, reduced to its text. */
export interface Inline {
  readonly type: string;
  readonly raw: string;
  readonly range: readonly [number, number];
  readonly url?: string;
  readonly children?: readonly Inline[];
}

/**
 * Extracts the words of a paragraph, each at its source position. Markup becomes spaces.
 * Code and test names become one word each, because their wording is fixed.
 */
export function proseOf(paragraph: Inline): string {
  const [start] = paragraph.range;
  const prose: string[] = paragraph.raw.split('').map((character) => (character === '\n' ? '\n' : ' '));
  const write = ({ range: [from] }: Inline, text: string) => prose.splice(from - start, text.length, ...text.split(''));
  const visit = (node: Inline) => {
    if (node.type === 'Str') write(node, node.raw);
    else if (isQuoted(node)) write(node, 'x'.repeat(node.raw.length));
    else for (const child of node.children ?? []) visit(child);
  };
  visit(paragraph);
  return prose.join('');
}

function isQuoted({ type, url = '' }: Inline): boolean {
  return type === 'Code' || (type === 'Link' && /\/test\/.*\.test\.ts$/.test(url));
}
