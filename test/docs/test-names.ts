/** A line that begins a test or a group of tests, with what stands before it and whether it is made for each of several cases. */
const BEGINNING = /^( *)(?:it|describe)((?:\.(?!skip|todo)\w+)*)(?=[(<])/;

/**
 * The names of all tests of a file, each with those of the groups that it is in, as one text; what differs from case to case is `…`.
 * Goes by the indentation, which the formatter sees to.
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
  // Of several cases, the title comes after the list of them.
  const title = isForEach ? /\)\(\s*(['"`])(.*?)\1,/ : /^\s*[\w.]+(?:<[^(]*>)?\(\s*(['"`])(.*?)\1,/;
  const [, , found] = title.exec(text) ?? [];
  return found?.replaceAll('\\', '').replaceAll(/%[sdijo#]|\$\{?[\w.]+\}?/g, '…');
}

/** A long title may stand in a constant. */
function titleBefore(lines: readonly string[], index: number): string | undefined {
  const [, name] = /^ *(?:it|describe)\((\w+), /.exec(lines[index] ?? '') ?? [];
  if (name === undefined) return undefined;
  const constant = new RegExp(`const ${name} =\\s*(['"])(.*?)\\1;`);
  return constant.exec(lines.slice(0, index).join('\n'))?.[2]?.replaceAll('\\', '');
}
