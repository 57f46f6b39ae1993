/** The operator's tool as it runs on any machine with Node and AWS credentials, without a clone. */
export const TOOL = 'npx @backstop-cdk/backstop';

/** Longest command that starts the tool: a line of an alert has several commands. */
export const MAX_TOOL_LENGTH = 200;

/** Words with one space between them that mean nothing else to a shell. `#` begins a comment, so it begins no word. */
const TOOL_WORDS = /^[\w@~./:=+,-][\w@~./:=+,#-]*(?: [\w@~./:=+,-][\w@~./:=+,#-]*)*$/;

/** Whether a text starts the tool and does nothing else, wherever somebody pastes it. */
export function isToolCommand(text: string): boolean {
  return text.length <= MAX_TOOL_LENGTH && TOOL_WORDS.test(text);
}

/** The stack that the tool uses by default. */
export const DEFAULT_STACK = 'BackstopPipeline';

/** What starts the tool, and where it finds a pipeline. All are words of a shell. */
export interface Whereabouts {
  /** What starts the tool. */
  readonly tool: string;
  readonly stack: string;
  readonly region: string;
}

/**
 * A command as an alert shows it. It works as pasted, whatever the shell's own region is.
 *
 * @param words the command and its arguments, quoted for a shell
 */
export function commandLine(words: string, { tool, stack, region }: Whereabouts): string {
  return `${tool} ${words} --region ${region}${stack === DEFAULT_STACK ? '' : ` --stack ${stack}`}`;
}
