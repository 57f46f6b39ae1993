import { commandLine, type Whereabouts } from '../../contract/command-line.ts';
import { plainText } from '../disclosure/plain-text.ts';
import { argument } from './argument.ts';

/** What an alert is about; empty where it is about nothing of the kind. */
interface About {
  readonly dependency: string;
  readonly failureId: string;
}

/** A command of the tool in the runbook: a line of its own, or between backticks. With an ellipsis, it is a mention. */
const COMMAND = /(^ *|`)backstop ([a-z][^`…]*)(?=$|`)/g;

/** The examples of the runbook's commands. */
const DEPENDENCY = /(?<= )payments(?= |$)/g;
const FAILURE = /(?<= )(?:order-1-charge|"\$ID")(?= |$)/g;

/** The reason is for a human to write: the audit log keeps it. */
const REASON = /--why '[^']*'/g;

/**
 * Lines of a runbook's section as an alert has them. The runbook says once what its short commands need, but people
 * read an alert alone. So its commands are complete, and name what the alert is about: an example could redrive the
 * dead letters of another dependency.
 */
export function sectionLines(section: string, about: About, where: Whereabouts): readonly string[] {
  const whole = (_: string, before: string, words: string) => before + commandLine(withNames(words, about), where);
  return section.split('\n').map((line) => plainText(line.replaceAll(COMMAND, whole)));
}

function withNames(example: string, { dependency, failureId }: About): string {
  const words = example.replaceAll(REASON, "--why '…'");
  // A function, because a text as replacement would give `$` a meaning.
  const ofDependency = dependency === '' ? words : words.replaceAll(DEPENDENCY, () => argument(dependency));
  return failureId === '' ? ofDependency : ofDependency.replaceAll(FAILURE, () => argument(failureId));
}
