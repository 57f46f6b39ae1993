import { createHash } from 'node:crypto';
import { ACCOUNT, arnOf, FUNCTION_URLS, HTTP_APIS, nameOf, REGION, STREAM_LABEL } from './resource-kinds.ts';

/** A resource as it appears in the template. */
export interface RawResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: string | readonly string[];
  readonly UpdatePolicy?: unknown;
}

type Entries<Value> = Readonly<Record<string, Value>>;

export interface Stack {
  readonly name: string;
  readonly template: {
    readonly Resources?: Entries<RawResource>;
    readonly Outputs?: Entries<{ readonly Value: unknown; readonly Export?: { readonly Name: unknown } }>;
    readonly Parameters?: Entries<{ readonly Default?: unknown }>;
  };
}

/** Resolves the intrinsic functions of one stack. */
export class Resolver {
  readonly #stack: Stack;
  readonly #stacks: readonly Stack[];
  readonly #endpoint: string;

  constructor(stack: Stack, stacks: readonly Stack[], endpoint: string) {
    this.#stack = stack;
    this.#stacks = stacks;
    this.#endpoint = endpoint;
  }

  resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.resolve(each)).filter((each) => each !== undefined);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [name, argument] = entries[0] ?? [];
    if (entries.length === 1 && name !== undefined && (name === 'Ref' || name.startsWith('Fn::')))
      return this.#call(name, argument);
    const resolved = entries.map(([key, each]) => [key, this.resolve(each)] as const);
    return Object.fromEntries(resolved.filter(([, each]) => each !== undefined));
  }

  physicalName(id: string): string {
    const resource = this.#resource(id);
    return nameOf(this.#stack.name, id, resource.Type, (property) => this.resolve(resource.Properties?.[property]));
  }

  #call(name: string, argument: unknown): unknown {
    if (name === 'Ref') return this.#ref(String(argument));
    if (name === 'Fn::GetAtt') {
      const [id, attribute] = Array.isArray(argument) ? argument : String(argument).split(/\.(.*)/);
      return this.#attribute(id, attribute);
    }
    if (name === 'Fn::Sub') return this.#substitute(argument);
    const resolved = this.resolve(argument);
    if (name === 'Fn::ImportValue') return this.#imported(resolved);
    if (name === 'Fn::GetAZs') return ['a', 'b', 'c'].map((zone) => `${REGION}${zone}`);
    const [first, second] = resolved as [string, string & string[]];
    if (name === 'Fn::Join') return second.join(first);
    if (name === 'Fn::Split') return second.split(first);
    if (name === 'Fn::Select') return second[Number(first)];
    throw new Error(`the embedded cloud can't resolve ${name}`);
  }

  #ref(id: string): unknown {
    if (id.startsWith('AWS::')) return this.#pseudo(id);
    const parameter = this.#stack.template.Parameters?.[id];
    if (parameter !== undefined) return found(parameter.Default, `default of the parameter ${id}`);
    const { Type, Properties } = this.#resource(id);
    switch (Type) {
      case 'AWS::SQS::Queue':
        return this.#attribute(id, 'QueueUrl');
      case 'AWS::SNS::Topic':
      case 'AWS::StepFunctions::StateMachine':
        return this.#attribute(id, 'Arn');
      case 'AWS::Lambda::Alias':
        return `${this.#functionArn(Properties)}:${this.resolve(Properties?.Name)}`;
      case 'AWS::Lambda::Version':
        return `${this.#functionArn(Properties)}:${this.#attribute(id, 'Version')}`;
      case 'AWS::StepFunctions::StateMachineVersion':
      case 'AWS::StepFunctions::StateMachineAlias':
        return this.#attribute(id, 'Arn');
      default:
        return this.physicalName(id);
    }
  }

  #attribute(id: string, attribute: string): string {
    const { Type, Properties } = this.#resource(id);
    if (Type === 'AWS::StepFunctions::StateMachineVersion')
      return `${this.resolve(Properties?.StateMachineArn)}:${this.resolve(Properties?.StateMachineRevisionId)}`;
    if (Type === 'AWS::StepFunctions::StateMachineAlias') {
      const { StateMachineVersionArn } = this.resolve(Properties?.DeploymentPreference) as MachineVersion;
      return StateMachineVersionArn.replace(/[^:]+$/, String(this.resolve(Properties?.Name)));
    }
    const name = this.physicalName(id);
    if (attribute === 'StreamArn') return `${arnOf(Type, name)}/stream/${STREAM_LABEL}`;
    if (attribute.endsWith('Arn')) return arnOf(Type, name);
    if (attribute === 'FunctionUrl') return `${this.#endpoint}${FUNCTION_URLS}${name}/`;
    if (attribute === 'ApiEndpoint') return `${this.#endpoint}${HTTP_APIS}${name}`;
    // AWS counts versions and revisions. Here, the number follows from what makes another one.
    if (attribute === 'Version') return numberOf(id);
    if (attribute === 'StateMachineRevisionId') return numberOf(JSON.stringify(this.resolve(Properties)));
    if (attribute === 'QueueUrl') return `${this.#endpoint}/${ACCOUNT}/${name}`;
    if (attribute === 'CidrBlock') return String(this.resolve(Properties?.CidrBlock));
    if (/(Name|Id)$/.test(attribute)) return name;
    throw new Error(`the embedded cloud does not know attribute ${attribute} of ${id} (${Type})`);
  }

  #functionArn(properties: RawResource['Properties']): string {
    return arnOf('AWS::Lambda::Function', String(this.resolve(properties?.FunctionName)).replace(/^.*:/, ''));
  }

  #substitute(argument: unknown): string {
    const [text, values] = (Array.isArray(argument) ? argument : [argument, {}]) as [string, Record<string, unknown>];
    return text.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (name in values) return String(this.resolve(values[name]));
      return String(name.includes('.') ? this.#call('Fn::GetAtt', name) : this.#ref(name));
    });
  }

  #imported(name: unknown): unknown {
    for (const stack of this.#stacks) {
      const resolver = new Resolver(stack, this.#stacks, this.#endpoint);
      for (const { Value, Export } of Object.values(stack.template.Outputs ?? {}))
        if (Export !== undefined && resolver.resolve(Export.Name) === name) return resolver.resolve(Value);
    }
    throw new Error(`no stack exports ${name}`);
  }

  #pseudo(id: string): string | undefined {
    const stack = this.#stack.name;
    const values: Record<string, string | undefined> = {
      'AWS::Region': REGION,
      'AWS::AccountId': ACCOUNT,
      'AWS::Partition': 'aws',
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::StackName': stack,
      'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${stack}/local`,
      'AWS::NoValue': undefined,
    };
    if (!(id in values)) throw new Error(`the embedded cloud does not know ${id}`);
    return values[id];
  }

  #resource(id: string): RawResource {
    return found(this.#stack.template.Resources?.[id], `resource ${id} in the stack ${this.#stack.name}`);
  }
}

interface MachineVersion {
  readonly StateMachineVersionArn: string;
}

function numberOf(text: string): string {
  return String(createHash('sha256').update(text).digest().readUIntBE(0, 6));
}

/** @throws Error if the value is undefined. */
export function found<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`${what} does not exist`);
  return value;
}
