import type { TextlintRuleModule } from '@textlint/kernel';
import { split as splitSentences } from 'sentence-splitter';
import writeGood from 'write-good';
import { type Inline, proseOf } from './prose-of.ts';

interface Finding {
  /** Offset within the sentence. */
  readonly index: number;
  readonly message: string;
}

type Check<Options> = (sentence: string, options: Options) => readonly Finding[];

/** Creates a rule that checks each sentence of headings, paragraphs and table cells. */
function sentenceRule<Options extends object>(check: Check<Options>): TextlintRuleModule<Options> {
  return ({ Syntax, RuleError, report, locator }, options) => {
    const inspect = (node: Inline & Parameters<typeof report>[0]) => {
      for (const [start, sentence] of sentencesOf(node)) {
        for (const { index, message } of check(sentence, options as Options)) {
          report(node, new RuleError(message, { padding: locator.at(start + index) }));
        }
      }
    };
    return { [Syntax.Paragraph]: inspect, [Syntax.Header]: inspect, [Syntax.TableCell]: inspect };
  };
}

type Sentences = readonly (readonly [number, string])[];

/** The sentences of nodes, because several rules ask for those of each node, and to split takes the most time. */
const split = new WeakMap<Inline, Sentences>();

/** Returns a node's sentences, each with its offset. */
function sentencesOf(node: Inline): Sentences {
  const sentences = split.get(node) ?? splitProse(proseOf(node));
  split.set(node, sentences);
  return sentences;
}

function splitProse(prose: string): Sentences {
  return splitSentences(prose)
    .filter(({ type }) => type === 'Sentence')
    .flatMap(({ raw, range: [start] }) => apart(raw).map(([offset, text]) => [start + offset, text] as const));
}

/** Splits again where the splitter misreads: a full stop after a number, or after a unit. */
function apart(raw: string): Sentences {
  const ends = [...raw.matchAll(/(?:\d|\b(?:ms|min))[.:]\s+(?=\p{Lu})/gu)].map(
    ({ index, 0: end }) => index + end.length,
  );
  return [0, ...ends].map((start, which) => [start, raw.slice(start, ends[which])]);
}

/** Limits the words per sentence. */
export const sentenceLength = sentenceRule<{ readonly max: number }>((sentence, { max }) => {
  const first = sentence.search(/\S/);
  const count = sentence.match(/[\p{L}\p{N}]\S*/gu)?.length ?? 0;
  return count > max ? [{ index: first, message: `${count} words in a sentence, at most ${max}: split it` }] : [];
});

/** Reports words that have a better alternative. */
export const words = sentenceRule<{ readonly instead: Readonly<Record<string, string>> }>((sentence, { instead }) =>
  Object.entries(instead).flatMap(([pattern, better]) =>
    [...sentence.matchAll(wordsLike(pattern))].map(({ index, 0: found }) => ({
      index,
      message: `'${found}': write ${better}`,
    })),
  ),
);

/** Allows several spaces between words, because removed markup leaves more than one. */
function wordsLike(pattern: string): RegExp {
  return new RegExp(`(?<!\\w)(?:${pattern.replaceAll(' ', '\\s+')})(?!\\w)`, 'giu');
}

const ONLY_PASSIVES = {
  weasel: false,
  illusion: false,
  so: false,
  thereIs: false,
  adverb: false,
  tooWordy: false,
  cliches: false,
};

/** Limits passives per sentence. One may hide the actor; two make the sentence unclear. */
export const passives = sentenceRule<{ readonly max: number }>((sentence, { max }) => {
  const found = writeGood(sentence, ONLY_PASSIVES);
  const [first] = found;
  if (first === undefined || found.length <= max) return [];
  return [{ index: first.index, message: `${found.length} passives in a sentence, at most ${max}: say who acts` }];
});

/** Limits the length of lines, so that pages and their diffs stay readable. */
export const lineLength: TextlintRuleModule<{ readonly max: number }> = (context, { max } = { max: 400 }) => {
  const { Syntax, RuleError, report, getSource, locator } = context;
  const inspect = (remedy: string) => (node: Parameters<typeof report>[0]) => {
    let start = 0;
    for (const line of getSource(node).split('\n')) {
      if (line.length > max) {
        const message = `${line.length} characters in a line, at most ${max}: ${remedy}`;
        report(node, new RuleError(message, { padding: locator.at(start) }));
      }
      start += line.length + 1;
    }
  };
  return {
    [Syntax.Paragraph]: inspect('begin a line with a sentence'),
    [Syntax.TableRow]: inspect('make the rows sections of their own'),
  };
};
