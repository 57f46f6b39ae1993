import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { coversAction, coversResource, isAllowed } from './decide.ts';
import type { PolicyAccount } from './policy-account.ts';
import { list, type Request, type Statement } from './statement.ts';

/**
 * Names a folder. Then the embedded cloud writes there which permissions the policies grant, and which calls needed
 * them.
 */
const FOLDER = process.env.BACKSTOP_PERMISSIONS;

/** One line of a file. Names of dependencies are `*`, so that all lanes count as one. */
export interface GrantedLine {
  /** Role, managed policy or resource that has the statement. */
  readonly owner: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Conditions as JSON; empty without. */
  readonly condition: string;
  /** Whether a call needed these actions on these resources. Else the statement is only declared. */
  readonly isNeeded: boolean;
}

/** Undefined if nobody asks for a record. */
export function recordUsage(account: PolicyAccount | undefined): Usage | undefined {
  return FOLDER === undefined || account === undefined ? undefined : new Usage(account, writerTo(FOLDER));
}

/** The statements that allow a request. AWS denies the request without any one of them. */
export function neededBy(request: Request, ofResource: readonly Statement[]): readonly Statement[] {
  const { by } = request;
  const own = by.kind === 'role' ? by.statements : [];
  return [...own, ...ofResource].filter((statement) => {
    const isOther = (each: Statement) => each !== statement;
    const without = by.kind === 'role' ? { ...by, statements: own.filter(isOther) } : by;
    return statement.Effect !== 'Deny' && !isAllowed({ ...request, by: without }, ofResource.filter(isOther));
  });
}

/** Records which statements an account has, and which of them calls needed. */
export class Usage {
  readonly #owners: ReadonlyMap<Statement, string>;
  readonly #general: (text: string) => string;
  readonly #write: (line: GrantedLine) => void;

  constructor(account: PolicyAccount, write: (line: GrantedLine) => void) {
    this.#general = generalizing(account);
    this.#write = write;
    this.#owners = account.owners();
    for (const statement of this.#owners.keys()) this.#add(statement, {}, false);
  }

  /** Notes an allowed request. A statement is needed if AWS denies the request without it. */
  note(request: Request, ofResource: readonly Statement[]): void {
    const { action, resource } = request;
    for (const statement of neededBy(request, ofResource)) {
      const Action = list(statement.Action).filter((each) => coversAction({ Action: each }, action));
      const Resource = list(statement.Resource).filter((each) => coversResource({ Resource: each }, resource));
      this.#add(statement, { Action, Resource }, true);
    }
  }

  #add(
    statement: Statement,
    { Action = statement.Action, Resource = statement.Resource }: Statement,
    isNeeded: boolean,
  ) {
    const owner = withoutNames(this.#owners.get(statement) ?? '');
    if (owner === '' || statement.Effect === 'Deny') return;
    this.#write({
      owner,
      actions: list(Action).toSorted(),
      resources: [...new Set(list(Resource).map(this.#general))].toSorted(),
      condition: statement.Condition ? this.#general(JSON.stringify(statement.Condition)) : '',
      isNeeded,
    });
  }
}

/** Replaces ARNs by the names of their resources, and names of dependencies by `*`. */
function generalizing(account: PolicyAccount): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const general = known.get(text) ?? withoutNames(text.replace(/arn:[^"]+/g, (arn) => account.shown(arn)));
    known.set(text, general);
    return general;
  };
}

/** All lanes have the same statements, but for their names. */
export function withoutNames(text: string): string {
  return text
    .replace(/(?<![A-Za-z])\w+?Lane(?=[A-Z])/g, '*Lane')
    .replace(/(?<=:secret:).*(?=-\?{6})/, '*')
    .replace(/(?<="(?:\w+#)?)[a-z\d-]+(?=(?:\/\*)?")/g, (name) => (WORDS.has(name) ? name : '*'));
}

/** Texts of conditions that are no names of dependencies. */
const WORDS: ReadonlySet<string> = new Set(['true', 'false']);

/** Writes each line once. Processes that run at the same time have a file each. */
function writerTo(folder: string): (line: GrantedLine) => void {
  mkdirSync(folder, { recursive: true });
  return (line) => {
    const text = JSON.stringify(line);
    if (written.has(text)) return;
    written.add(text);
    appendFileSync(join(folder, `${process.pid}.ndjson`), `${text}\n`);
  };
}

const written = new Set<string>();
