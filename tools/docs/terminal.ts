const CHARACTER = { width: 7.8, height: 18 };
const MARGIN = 16;
const COLORS = { background: '#0d1117', text: '#e6edf3', dim: '#8b949e', good: '#3fb950', news: '#d29922' };

/** Draws a terminal's content as SVG. */
export function drawTerminal(text: string): string {
  const lines = text.trimEnd().split('\n');
  const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * CHARACTER.width + 2 * MARGIN);
  const height = lines.length * CHARACTER.height + 2 * MARGIN;
  const rows = lines.flatMap((line, row) => (line === '' ? [] : [drawLine(line, row)]));
  const font = 'font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="13"';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ${font}>`,
    `<rect width="100%" height="100%" rx="8" fill="${COLORS.background}"/>`,
    ...rows,
    '</svg>\n',
  ].join('\n');
}

/** Stretches the text to its columns, so that columns line up in any font. */
function drawLine(line: string, row: number): string {
  const spaces = line.length - line.trimStart().length;
  const shown = line.slice(spaces);
  const x = MARGIN + spaces * CHARACTER.width;
  const y = MARGIN + (row + 0.75) * CHARACTER.height;
  const length = (shown.length * CHARACTER.width).toFixed(1);
  const mark = shown.startsWith('✓') ? `<tspan fill="${COLORS.good}">✓</tspan>` : '';
  const rest = escaped(mark === '' ? shown : shown.slice(1));
  return `<text x="${x.toFixed(1)}" y="${y}" textLength="${length}" xml:space="preserve" fill="${colorOf(line)}">${mark}${rest}</text>`;
}

function colorOf(line: string): string {
  if (line.startsWith('·')) return COLORS.news;
  return line.startsWith('  ') ? COLORS.dim : COLORS.text;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
