import { Stack } from 'aws-cdk-lib';
import { CustomState, FieldUtils, type QueryLanguage, type StateGraph } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { shown } from '../config/values.ts';
import { needsJsonPath } from '../parts/query-language.ts';
import { INTERNAL_RETRY } from '../parts/retry-policies.ts';
import type { ReportWay } from './reporters.ts';

/** A state of a service integration. It has no role, but passes its permissions to its machine. */
export class ReportingState extends CustomState {
  private readonly way: ReportWay;
  private readonly parametersIn: (graph: StateGraph) => object;
  private graph: StateGraph | undefined;

  constructor(
    scope: Construct,
    name: string,
    way: ReportWay,
    integration: string,
    parametersIn: (graph: StateGraph) => object,
  ) {
    const Resource = `arn:${Stack.of(scope).partition}:states:::${integration}`;
    super(scope, name, { stateJson: { Type: 'Task', Resource, ResultPath: null } });
    this.way = way;
    this.parametersIn = parametersIn;
    this.addRetry(INTERNAL_RETRY);
  }

  /** What leads to the report is known once the machine is complete. */
  override toStateJson(queryLanguage?: QueryLanguage): object {
    needsJsonPath(`ReportFailure ${shown(this.node.scope?.node.path)}`, queryLanguage);
    const Parameters = this.graph && FieldUtils.renderObject(this.parametersIn(this.graph));
    return { ...this.transitions(), Parameters };
  }

  /** The state without what depends on other states. Reports of one machine read each other's. */
  transitions(): object {
    return super.toStateJson();
  }

  protected override whenBoundToGraph(graph: StateGraph): void {
    super.whenBoundToGraph(graph);
    this.graph = graph;
    for (const statement of this.way.statements) graph.registerPolicyStatement(statement);
  }
}
