/**
 * Selects the part of an event that a rule's target receives. Without any setting, the target receives the whole event.
 */
export interface TargetInput {
  /** JSON text. */
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: {
    readonly InputPathsMap?: Readonly<Record<string, string>>;
    readonly InputTemplate: string;
  };
}

/** @returns the text that the target receives. */
export function transform(
  target: TargetInput,
  event: object,
  rule: { readonly name: string; readonly arn: string },
): string {
  if (target.Input !== undefined) return target.Input;
  if (target.InputPath !== undefined) return JSON.stringify(select(target.InputPath, event) ?? null);
  if (target.InputTransformer === undefined) return JSON.stringify(event);
  const { InputPathsMap = {}, InputTemplate } = target.InputTransformer;
  const values: Record<string, unknown> = {
    'aws.events.rule-arn': rule.arn,
    'aws.events.rule-name': rule.name,
    'aws.events.event.ingestion-time': select('$.time', event),
    'aws.events.event': event,
    'aws.events.event.json': event,
  };
  for (const [name, path] of Object.entries(InputPathsMap)) values[name] = select(path, event);
  return compact(fill(InputTemplate, values));
}

/** Fills the template of a pipe, whose placeholders are paths such as `<$.body.order>`. A body that is JSON is read. */
export function transformPiped(template: string, record: { readonly body: string }, ingestedAt: string): string {
  const read = { ...record, body: jsonOr(record.body) };
  const paths = [...template.matchAll(/<([$][^<>\s]*)>/g)].map(([, path = '']) => path);
  const values = Object.fromEntries(paths.map((path) => [path, select(path, read)]));
  return compact(fill(template, { ...values, 'aws.pipes.event.ingestion-time': ingestedAt }));
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Inside a JSON string, a placeholder becomes text. Elsewhere it becomes a JSON value. */
function fill(template: string, values: Readonly<Record<string, unknown>>): string {
  let insideString = false;
  return template.replace(/\\.|"|<([^<>\s]+)>/g, (token, name: string | undefined) => {
    if (token === '"') insideString = !insideString;
    if (name === undefined || !(name in values)) return token;
    const value = values[name];
    if (!insideString) return JSON.stringify(value ?? null);
    const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
    return JSON.stringify(text).slice(1, -1);
  });
}

function compact(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

/** Follows a path such as `$.detail.items[0].name`. */
function select(path: string, event: object): unknown {
  const names = path.match(/[^.[\]'"$]+/g) ?? [];
  return names.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], event);
}
