import { Compile, parse } from 'velocityjs';

/** Renders a mapping template as API Gateway does, for tests. */
export function rendered(template: string, body: Readonly<Record<string, unknown>>, context: object = {}): string {
  const at = (path: string) => body[path.replace('$.', '')];
  const util = {
    escapeJavaScript: (text: string) => {
      const escaped = JSON.stringify(text).slice(1, -1).replaceAll("'", "\\'");
      return { replaceAll: (pattern: string, by: string) => escaped.replaceAll(new RegExp(pattern, 'g'), by) };
    },
  };
  const input = { path: (path: string) => at(path) ?? '', json: (path: string) => JSON.stringify(at(path)) };
  return new Compile(parse(template), { escape: false }).render({ input, util, context }, {});
}
