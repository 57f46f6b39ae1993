import {
  DefaultTokenResolver,
  type Duration,
  Fn,
  type IPostProcessor,
  type IResolvable,
  type IResolveContext,
  Lazy,
  Reference,
  StringConcat,
  Token,
  Tokenization,
  type TokenizedStringFragments,
} from 'aws-cdk-lib';
import { type CfnDashboard, Column, Dashboard, type IVariable, type IWidget, Row } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

interface SteadyDashboardProps {
  /** How far back a dashboard looks when it is opened. */
  readonly defaultInterval: Duration;
  /** Its rows. */
  readonly widgets: readonly (readonly IWidget[])[];
}

/**
 * A dashboard whose text is made once. The CDK makes it three times, once for each step of a synth, which took a
 * seventh of the time of all resources.
 */
export class SteadyDashboard extends Dashboard {
  private readonly shown: IWidget[] = [];
  private readonly choices: IVariable[] = [];

  constructor(scope: Construct, id: string, { defaultInterval, widgets }: SteadyDashboardProps) {
    super(scope, id);
    for (const row of widgets) this.addWidgets(...row);
    const resource = this.node.defaultChild as CfnDashboard;
    const start = `-${defaultInterval.toIsoString()}`;
    resource.dashboardBody = Lazy.string({ produce: () => this.text(start) });
  }

  override addWidgets(...widgets: IWidget[]): void {
    super.addWidgets(...widgets);
    this.shown.push(new Row(...widgets));
  }

  override addVariable(variable: IVariable): void {
    super.addVariable(variable);
    this.choices.push(variable);
  }

  private text(start: string): string {
    const column = new Column(...this.shown);
    column.position(0, 0);
    const variables = this.choices.length > 0 ? this.choices.map((choice) => choice.toJson()) : undefined;
    return joined(JSON.stringify(plain(this, { start, widgets: column.toJson(), variables })));
  }
}

/**
 * The CDK joins the parts of a text pair by pair, and copies all before them each time. A list of the parts takes a
 * time that grows with their number only.
 */
function joined(text: string): string {
  const parts: string[] = [];
  let at = 0;
  for (const token of Tokenization.reverseString(text).tokens.map((each) => Token.asString(each))) {
    const next = text.indexOf(token, at);
    parts.push(text.slice(at, next), token);
    at = next + token.length;
  }
  return Fn.join('', [...parts, text.slice(at)]);
}

/** Resolves objects, and leaves references in texts as they are. The CDK resolves those where the text is used. */
function plain(scope: Construct, value: unknown): unknown {
  return Tokenization.resolve(value, { scope, preparing: true, resolver: new TextKeeper() });
}

class TextKeeper extends DefaultTokenResolver {
  constructor() {
    super(new StringConcat());
  }

  override resolveString(fragments: TokenizedStringFragments): string {
    return fragments.mapTokens({ mapToken: (token) => Token.asString(token) }).join(new StringConcat());
  }

  override resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): unknown {
    return Reference.isReference(token) ? Token.asString(token) : super.resolveToken(token, context, postProcessor);
  }
}
