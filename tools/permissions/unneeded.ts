import type { GrantedLine } from '../local/policies/usage.ts';
import type { Exception } from './exceptions.ts';

/** A statement with what no call needed of it. */
export interface Finding {
  readonly owner: string;
  /** Empty if calls needed all actions. */
  readonly actions: readonly string[];
  /** Empty if calls needed all resources. */
  readonly resources: readonly string[];
  readonly condition: string;
  /** Whether no call needed the statement at all. */
  readonly isWhole: boolean;
}

/**
 * What the statements grant and no call needed. An action counts as needed if a call needed it on any resource of its
 * statement.
 */
export function unneeded(lines: readonly GrantedLine[]): readonly Finding[] {
  const needed = new Set(lines.filter(({ isNeeded }) => isNeeded).flatMap(parts));
  const found = lines.flatMap((line): Finding[] => {
    const isUsed = (some: Partial<GrantedLine>) => parts({ ...line, ...some }).some((part) => needed.has(part));
    const actions = line.actions.filter((action) => !isUsed({ actions: [action] }));
    const resources = line.resources.filter((resource) => !isUsed({ resources: [resource] }));
    if (actions.length + resources.length === 0) return [];
    const { owner, condition } = line;
    return [{ owner, actions, resources, condition, isWhole: actions.length === line.actions.length }];
  });
  return [...new Map(found.map((each) => [JSON.stringify(each), each])).values()];
}

/** Each action on each resource of a line. */
function parts({ owner, actions, resources, condition }: GrantedLine): readonly string[] {
  return actions.flatMap((action) => resources.map((resource) => [owner, action, resource, condition].join(' ')));
}

/** Takes away what the exceptions explain. Undefined if nothing is left. */
export function unexplained(finding: Finding, exceptions: readonly Exception[]): Finding | undefined {
  const mine = exceptions.filter(({ owner }) => owner.test(finding.owner));
  const actions = finding.actions.filter((action) => !mine.some((each) => each.actions?.includes(action)));
  const isExplained = finding.isWhole && actions.length === 0;
  const resources = isExplained
    ? []
    : finding.resources.filter((resource) => !mine.some((each) => each.resources?.includes(resource)));
  return actions.length + resources.length === 0 ? undefined : { ...finding, actions, resources };
}

/** Exceptions that explain nothing any more, by their reasons. */
export function idle(findings: readonly Finding[], exceptions: readonly Exception[]): readonly string[] {
  const explains = ({ owner, actions = [], resources = [] }: Exception) =>
    findings.some(
      (finding) =>
        owner.test(finding.owner) &&
        (finding.actions.some((each) => actions.includes(each)) ||
          finding.resources.some((each) => resources.includes(each))),
    );
  return exceptions.filter((each) => !explains(each)).map(({ reason }) => reason);
}

/** The findings as lines of a table. */
export function tableOf(found: readonly Finding[]): readonly string[] {
  const rows = found.map(({ owner, actions, resources, condition, isWhole }) =>
    [owner, isWhole ? 'whole' : 'part', actions.join(' '), resources.join(' '), condition].join(' | '),
  );
  return [...new Set(rows)].toSorted();
}
