import type { Command } from 'commander';
import { createProgram } from '../../bin/program.ts';

/** The prose of the command line's help as Markdown, by command. Each text is a paragraph of its own. */
export async function helpTexts(): Promise<readonly (readonly [string, string])[]> {
  const unused = () => Promise.reject(new Error('help needs no session'));
  const { stdout, stderr } = process;
  return textsBelow(await createProgram(unused, { streams: { stdout, stderr } }), '');
}

function textsBelow(command: Command, parents: string): readonly (readonly [string, string])[] {
  const name = `${parents}${command.name()}`;
  const described = [command, ...command.registeredArguments, ...command.options].map(({ description }) =>
    typeof description === 'function' ? command.description() : description,
  );
  const text = [...described, ...paragraphsAfter(command)].join('\n\n');
  return [[`${name} --help`, text], ...command.commands.flatMap((each) => textsBelow(each, `${name} `))];
}

/** The paragraphs below the options, without examples. An indented line is a paragraph of its own. */
function paragraphsAfter(command: Command): readonly string[] {
  let text = '';
  const writeOut = (more: string) => {
    text += more;
  };
  command.configureOutput({ writeOut }).outputHelp();
  return text
    .slice(command.helpInformation().length)
    .replaceAll(/^ {2}(?:backstop |[{[]).*$/gm, '')
    .replaceAll(/^ {2,}(.*)$/gm, '\n$1\n')
    .split(/\n{2,}/);
}
