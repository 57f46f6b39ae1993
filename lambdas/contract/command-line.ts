/** The operator's tool as it runs on any machine with Node and AWS credentials, without a clone. */
export const TOOL = 'npx @backstop-cdk/backstop';

/** The stack that the tool uses by default. */
export const DEFAULT_STACK = 'BackstopPipeline';

/** Where the tool finds a pipeline. Both are words of a shell. */
export interface Whereabouts {
  readonly stack: string;
  readonly region: string;
}

/**
 * A command as an alert shows it. It works as pasted, whatever the shell's own region is.
 *
 * @param words the command and its arguments, quoted for a shell
 */
export function commandLine(words: string, { stack, region }: Whereabouts): string {
  return `${TOOL} ${words} --region ${region}${stack === DEFAULT_STACK ? '' : ` --stack ${stack}`}`;
}
