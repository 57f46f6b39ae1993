import type { PropertyType, ResourceProperties, SpecDatabase } from '@aws-cdk/service-spec-types';

/** A template, as far as the check reads it. */
export interface CheckedTemplate {
  readonly Resources?: Readonly<Record<string, CheckedResource>>;
}

interface CheckedResource {
  readonly Type: string;
  readonly Properties?: unknown;
}

/**
 * Compares a template with the resources that AWS publishes: names of properties, what is required, types, and listed
 * values. What only the deployment resolves counts as right.
 *
 * @returns one line for each mistake, with the place
 */
export function templateMistakes(template: CheckedTemplate, specification: SpecDatabase): readonly string[] {
  return Object.entries(template.Resources ?? {}).flatMap(([id, { Type, Properties = {} }]) => {
    if (OWN_KINDS.test(Type)) return [];
    const [known] = specification.lookup('resource', 'cloudFormationType', 'equals', Type);
    if (!known) return [`${id}: unknown type '${Type}'`];
    return new PropertyCheck(specification).ofObject(`${id} (${Type})`, Properties, known.properties);
  });
}

/** Types that the CDK or the template itself defines. */
const OWN_KINDS = /^(?:AWS::CDK::|Custom::|AWS::CloudFormation::CustomResource$)/;

class PropertyCheck {
  readonly #specification: SpecDatabase;

  constructor(specification: SpecDatabase) {
    this.#specification = specification;
  }

  ofObject(at: string, value: unknown, properties: ResourceProperties): readonly string[] {
    if (isResolvedLater(value)) return [];
    if (!isRecord(value)) return [`${at}: must be an object, got ${shown(value)}`];
    const missing = Object.entries(properties)
      .filter(([name, { required }]) => required === true && value[name] === undefined)
      .map(([name]) => `${at}.${name}: is required`);
    const wrong = Object.entries(value).flatMap(([name, each]) => {
      const property = properties[name];
      if (!property) return [`${at}.${name}: unknown property`];
      return this.#ofAny(`${at}.${name}`, each, [property.type, ...(property.previousTypes ?? [])]);
    });
    return [...missing, ...wrong];
  }

  /** The mistakes of the type that fits best. */
  #ofAny(at: string, value: unknown, types: readonly PropertyType[]): readonly string[] {
    const [best = []] = types.map((type) => this.#ofType(at, value, type)).toSorted((a, b) => a.length - b.length);
    return best;
  }

  #ofType(at: string, value: unknown, type: PropertyType): readonly string[] {
    if (isResolvedLater(value)) return [];
    switch (type.type) {
      case 'ref':
        return this.ofObject(at, value, this.#specification.get('typeDefinition', type.reference).properties);
      case 'union':
        return this.#ofAny(at, value, type.types);
      case 'array':
        if (!Array.isArray(value)) return [`${at}: must be a list, got ${shown(value)}`];
        return value.flatMap((each, index) => this.#ofType(`${at}[${index}]`, each, type.element));
      case 'map':
        if (!isRecord(value)) return [`${at}: must be an object, got ${shown(value)}`];
        return Object.entries(value).flatMap(([name, each]) => this.#ofType(`${at}.${name}`, each, type.element));
      case 'tag':
        return this.ofObject(at, value, TAG);
      default:
        return ofScalar(at, value, type);
    }
  }
}

type Scalar = Exclude<PropertyType, { readonly type: 'ref' | 'union' | 'array' | 'map' | 'tag' }>;

const TEXT = { type: { type: 'string' }, required: true } as const;
const TAG: ResourceProperties = { Key: TEXT, Value: TEXT };

/** CloudFormation converts between texts, numbers and booleans. */
const FORMS: Readonly<Record<Scalar['type'], (value: unknown) => boolean>> = {
  string: (value) => ['string', 'number', 'boolean'].includes(typeof value),
  'date-time': (value) => typeof value === 'string',
  integer: (value) => typeof value !== 'boolean' && /^-?\d+$/.test(String(value)),
  number: (value) => ['string', 'number'].includes(typeof value) && Number.isFinite(Number(value)),
  boolean: (value) => /^(?:true|false)$/.test(String(value)),
  json: (value) => typeof value === 'string' || isRecord(value) || Array.isArray(value),
  null: (value) => value === null,
};

function ofScalar(at: string, value: unknown, type: Scalar): readonly string[] {
  if (!FORMS[type.type](value)) return [`${at}: must be of type ${type.type}, got ${shown(value)}`];
  const listed = 'allowedValues' in type ? type.allowedValues?.map(String) : undefined;
  if (listed === undefined || listed.includes(String(value))) return [];
  return [`${at}: must be one of ${listed.join(', ')}, got ${shown(value)}`];
}

/** Whether a value is an intrinsic function. */
function isResolvedLater(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const [name, ...others] = Object.keys(value);
  return name !== undefined && others.length === 0 && /^(?:Ref$|Fn::)/.test(name);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 60) ?? 'nothing';
}
