import { Compile, parse } from 'velocityjs';

/** What a template may change of the response. */
export interface TemplateContext {
  readonly responseOverride: { readonly status?: number };
}

/**
 * Renders a mapping template of API Gateway. Knows paths of plain names, `$util.escapeJavaScript` and
 * `$context.responseOverride`.
 *
 * Source: API Gateway Developer Guide, "Mapping template and access logging variable reference".
 *
 * @throws Error if the template uses anything else
 */
export function renderTemplate(
  template: string,
  body: unknown,
  context: TemplateContext = { responseOverride: {} },
): string {
  const at = (path: string) => valueAt(body, path);
  const input = known({
    path: (path: string) => at(path) ?? '',
    json: (path: string) => JSON.stringify(at(path)) ?? '',
  });
  const util = known({ escapeJavaScript: (text: unknown) => new JavaText(escaped(String(text))) });
  return new Compile(parse(template), { escape: false }).render({ input, util, context }, {});
}

function valueAt(body: unknown, path: string): unknown {
  const [root, ...names] = path.split('.');
  if (root !== '$' || !names.every((name) => /^\w+$/.test(name)))
    throw new Error(`the embedded cloud can't read ${path}`);
  return names.reduce<unknown>((value, name) => (value as Readonly<Record<string, unknown>> | undefined)?.[name], body);
}

/** Velocity would print the name of a method that does not exist. */
function known<Methods extends object>(methods: Methods): Methods {
  return new Proxy(methods, {
    get(target, name, receiver) {
      if (!Reflect.has(target, name)) throw new Error(`the embedded cloud does not know ${String(name)} in a template`);
      return Reflect.get(target, name, receiver);
    },
  });
}

/** A text of Java, whose `replaceAll` takes a regular expression. */
class JavaText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  replaceAll(pattern: string, by: string): JavaText {
    return new JavaText(this.#text.replaceAll(new RegExp(pattern, 'g'), by));
  }

  toString(): string {
    return this.#text;
  }
}

/** Single quotes and slashes, too, and all characters beyond ASCII. */
function escaped(text: string): string {
  return JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(/['/]/g, (character) => `\\${character}`)
    .replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
