/** The start of a test or a group: its indentation, and whether it has several cases. */
const BEGINNING = /^( *)(?:it|describe)((?:\.(?!skip|todo)\w+)*)(?=[(<])/;

/**
 * The names of all tests in a file, each with its groups' names, as one text. `…` replaces what differs between cases.
 * Relies on the formatter's indentation.
 */
export function testNames(source: string): string[] {
  const lines = source.split('\n');
  const groups: { readonly indent: number; readonly title: string }[] = [];
  const names: string[] = [];
  for (const [index, line] of lines.entries()) {
    const [, spaces, modifiers = ''] = BEGINNING.exec(line) ?? [];
    if (spaces === undefined) continue;
    const title = titleIn(lines.slice(index).join('\n'), modifiers.includes('.each')) ?? titleBefore(lines, index);
    if (title === undefined) continue;
    const indent = spaces.length;
    while ((groups.at(-1)?.indent ?? -1) >= indent) groups.pop();
    if (line.trimStart().startsWith('describe')) groups.push({ indent, title });
    else names.push([...groups.map((group) => group.title), title].join(' '));
  }
  return names;
}

function titleIn(text: string, isForEach: boolean): string | undefined {
  // With several cases, the title follows their list.
  const title = isForEach ? /\)\(\s*(['"`])(.*?)\1,/ : /^\s*[\w.]+(?:<[^(]*>)?\(\s*(['"`])(.*?)\1,/;
  const [, , found] = title.exec(text) ?? [];
  return found?.replaceAll('\\', '').replaceAll(/%[sdijo#]|\$\{?[\w.]+\}?/g, '…');
}

/** Finds a title that is in a constant because it is long. */
function titleBefore(lines: readonly string[], index: number): string | undefined {
  const [, name] = /^ *(?:it|describe)\((\w+), /.exec(lines[index] ?? '') ?? [];
  if (name === undefined) return undefined;
  const constant = new RegExp(`const ${name} =\\s*(['"])(.*?)\\1;`);
  return constant.exec(lines.slice(0, index).join('\n'))?.[2]?.replaceAll('\\', '');
}
