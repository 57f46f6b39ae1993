/** Characters of a reference that only the deployment resolves: the longest ARN and URL of a queue have fewer. */
const REFERENCE = 140;

/** The longest values of pseudo parameters. */
const PSEUDO: Readonly<Record<string, number>> = {
  'AWS::AccountId': 12,
  'AWS::Partition': 10,
  'AWS::Region': 14,
  'AWS::URLSuffix': 16,
};

/**
 * The text that CloudFormation makes of a value of a template. An unknown part counts as `reference` characters, which
 * is more than it has.
 */
export function textOf(value: unknown, reference = REFERENCE): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const call = value as Readonly<Record<string, unknown>>;
  if (typeof call.Ref === 'string') return 'x'.repeat(PSEUDO[call.Ref] ?? reference);
  const join = call['Fn::Join'];
  if (Array.isArray(join)) {
    const [separator, parts] = join as [string, unknown];
    return Array.isArray(parts)
      ? parts.map((part) => textOf(part, reference)).join(separator)
      : 'x'.repeat(2 * reference);
  }
  if ('Fn::Sub' in call) return textOfSub(call['Fn::Sub'], reference);
  return 'x'.repeat(reference);
}

function textOfSub(argument: unknown, reference: number): string {
  const [text] = [argument].flat();
  return String(text).replaceAll(/\$\{[^}]*\}/g, (name) => 'x'.repeat(PSEUDO[name.slice(2, -1)] ?? reference));
}

/** A document of a template as CloudFormation passes it on, without white space. */
export function documentOf(value: unknown, reference = REFERENCE): string {
  return typeof value === 'object' && value !== null && !isCall(value)
    ? JSON.stringify(settled(value, reference))
    : textOf(value, reference);
}

function settled(value: unknown, reference: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => settled(each, reference));
  if (isCall(value)) return textOf(value, reference);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, settled(each, reference)]));
}

function isCall(value: object): boolean {
  const [name = '', ...others] = Object.keys(value);
  return others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'));
}
