import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CfnElement, type IPolicyValidationPlugin, Stack, Stage, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { measure } from './measure.ts';
import { describeExcess, exceeds, inRegion, type Measured, QUOTAS, type QuotaName } from './quotas.ts';

/** What a template needs of the quotas. */
export interface MeasuredStack {
  readonly stack: Stack;
  readonly templatePath: string;
  readonly measured: readonly Measured[];
}

const checked = new WeakMap<IConstruct, Set<Stack>>();

/** Checks at synth that the stack around a construct, with all its nested stacks, keeps to the quotas of AWS. */
export function checkQuotas(construct: IConstruct): void {
  const stage = Stage.of(construct);
  if (!stage) return;
  const stacks = checked.get(stage) ?? new Set();
  if (stacks.size === 0) Validations.of(stage).addPlugins(quotaCheck(stacks));
  checked.set(stage, stacks.add(outermost(construct)));
}

/** Measures a stack and its nested stacks after synth. @param folder of the assembly */
export function measureStacks(stack: Stack, folder: string): readonly MeasuredStack[] {
  const stacks = stack.node.findAll().filter((each) => each instanceof Stack);
  const measured = stacks.map((each): MeasuredStack => {
    const templatePath = join(folder, each.templateFile);
    const text = readFileSync(templatePath, 'utf8');
    return { stack: each, templatePath, measured: measure(JSON.parse(text), Buffer.byteLength(text)) };
  });
  const [first, ...others] = measured;
  if (!first) return [];
  const all = [{ ...first, measured: [...first.measured, ...rulesOfAll(measured)] }, ...others];
  return all.map((each) => ({ ...each, measured: each.measured.map((one) => inRegion(one, stack.region)) }));
}

/** The rules of lanes are on a bus of the outermost stack. */
function rulesOfAll(stacks: readonly MeasuredStack[]): readonly Measured[] {
  const rules = stacks.flatMap(({ measured }) =>
    measured.filter(({ quota, id }) => quota === 'rules' && id !== 'default'),
  );
  return [{ quota: 'rules', amount: rules.reduce((sum, { amount }) => sum + amount, 0) }];
}

function quotaCheck(stacks: ReadonlySet<Stack>): IPolicyValidationPlugin {
  return {
    name: 'Backstop quotas',
    ruleIds: Object.keys(QUOTAS),
    validate({ stackTemplates }) {
      const paths = new Map(stackTemplates.map((each) => [each.stackConstructPath, each.templatePath]));
      const found = [...stacks].flatMap((stack) => {
        const path = paths.get(stack.node.path);
        return path === undefined ? [] : measureStacks(stack, dirname(path));
      });
      const violations = found.flatMap((each) =>
        each.measured.filter(exceeds).map((excess) => violation(each, excess)),
      );
      return { success: violations.every(({ severity }) => severity === 'warning'), violations };
    },
  };
}

function violation({ stack, templatePath }: MeasuredStack, excess: Measured) {
  const { quota, id } = excess;
  const constructPath = pathOf(stack, id);
  return {
    ruleName: quota,
    description: `${constructPath}: ${describeExcess(excess)}`,
    fix: QUOTAS[quota].source,
    severity: isAdjustable(quota) ? 'warning' : 'error',
    violatingResources: [{ constructPath, templatePath, resourceLogicalId: id ?? '', locations: [] }],
  };
}

function isAdjustable(quota: QuotaName): boolean {
  return 'isAdjustable' in QUOTAS[quota];
}

/** The path of the construct that users know, rather than of its CloudFormation resource. */
function pathOf(stack: Stack, id: string | undefined): string {
  const element = stack.node
    .findAll()
    .find((each) => CfnElement.isCfnElement(each) && each.stack === stack && stack.resolve(each.logicalId) === id);
  return (element?.node.path ?? stack.node.path).replace(/\/Resource$/, '');
}

function outermost(construct: IConstruct): Stack {
  let stack = Stack.of(construct);
  while (stack.nestedStackParent) stack = stack.nestedStackParent;
  return stack;
}
