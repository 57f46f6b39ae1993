import type { ReportedError } from '../../contract/verdict.ts';
import { excerptOf } from '../disclosure/excerpt.ts';

const MAX_LAYERS = 3;
/** Names that say no more than the message. */
const PLAIN_NAMES: ReadonlySet<string | undefined> = new Set([undefined, '', 'Error', 'HttpError']);

/**
 * A masked excerpt of an error: name and message, then those of its causes.
 *
 * @param most characters; 0 for none
 * @returns undefined if the error says nothing
 */
export function errorExcerpt(error: ReportedError, most: number): string | undefined {
  const layers: string[] = [];
  for (let each: ReportedError | undefined = error; each && layers.length < MAX_LAYERS; each = each.cause) {
    const name = PLAIN_NAMES.has(each.name) ? each.code : each.name;
    layers.push([name, each.message].filter((text) => text !== undefined && text !== '').join(': '));
  }
  const texts = [...new Set(layers)].filter((text) => text !== '');
  return excerptOf(texts.join(' (cause) '), most);
}
