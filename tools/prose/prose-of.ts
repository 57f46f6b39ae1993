/** A node of a Markdown tree, as far as its words are concerned. */
export interface Inline {
  readonly type: string;
  readonly raw: string;
  readonly range: readonly [number, number];
  readonly url?: string;
  readonly children?: readonly Inline[];
}

/**
 * The words of a paragraph, each where it is in the source: markup becomes spaces,
 * and code and the names of tests, which are what they are, one word each.
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
