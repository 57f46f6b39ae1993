import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnOutput, Duration, Stack, type StackProps, Stage } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { DefinitionBody, JsonPath, StateMachine, TaskInput, Timeout } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { transformSync } from 'esbuild';
import { type ResiliencePipeline, Saga, TryCatchFinally } from '../../../lib/index.ts';

export interface OrderStackProps extends StackProps {
  readonly pipeline: ResiliencePipeline;
  /** Base URL of the shop, no trailing slash. */
  readonly shopUrl: string;
  /** Timeout of an order. @default Duration.hours(12) */
  readonly timeout?: Duration;
}

/** Sample saga: reserves, charges, documents and ships an order, or undoes all of it. */
export class OrderStack extends Stack {
  private readonly askShop: LambdaFunction;

  constructor(scope: Construct, id: string, { pipeline, shopUrl, timeout, ...props }: OrderStackProps) {
    super(scope, id, props);
    this.askShop = this.createFunction(shopUrl);
    const saga = new Saga(this, 'Order', {
      steps: [
        { name: 'Reserve', action: this.ask('reserve'), undo: this.ask('release') },
        { name: 'Charge', action: this.ask('charge'), undo: this.ask('refund') },
        {
          parallel: [
            { name: 'Invoice', action: this.ask('invoice'), undo: this.ask('void-invoice') },
            { name: 'Label', action: this.ask('label'), undo: this.ask('void-label') },
          ],
        },
        { name: 'Ship', action: this.ask('ship'), undo: this.ask('recall'), pivot: true },
        { name: 'Notify', action: this.ask('notify') },
      ],
      escalations: pipeline.escalations,
    });
    const order = new TryCatchFinally(this, 'Try', {
      tryBlock: saga,
      catchBlock: this.ask('apologise'),
      finallyBlock: (copy) => this.ask('close', copy),
    });
    const machine = new StateMachine(this, 'Machine', {
      definitionBody: DefinitionBody.fromChainable(order),
      timeout: timeout ?? Duration.hours(12),
    });
    pipeline.rescue(saga, machine);
    new CfnOutput(this, `${id}MachineArn`, { value: machine.stateMachineArn });
  }

  /** Stores the answer beside the order, under the name of the action. */
  private ask(action: string, scope: Construct = this): LambdaInvoke {
    return new LambdaInvoke(scope, `Ask to ${action}`, {
      lambdaFunction: this.askShop,
      payload: TaskInput.fromObject({ action, order: JsonPath.stringAt('$.order') }),
      payloadResponseOnly: true,
      resultPath: `$.${action.replace('-', '')}`,
      taskTimeout: Timeout.duration(Duration.minutes(1)),
    });
  }

  private createFunction(shopUrl: string): LambdaFunction {
    const folder = mkdtempSync(join(Stage.of(this)?.assetOutdir ?? tmpdir(), 'order-saga-'));
    const source = readFileSync(join(import.meta.dirname, 'handler.ts'), 'utf8');
    writeFileSync(join(folder, 'index.mjs'), transformSync(source, { loader: 'ts' }).code);
    try {
      return new LambdaFunction(this, 'AskShop', {
        code: Code.fromAsset(folder),
        handler: 'index.handler',
        runtime: Runtime.NODEJS_24_X,
        timeout: Duration.seconds(30),
        environment: { SHOP_URL: shopUrl },
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}
