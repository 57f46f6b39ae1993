import { Arn, ArnFormat, Token } from 'aws-cdk-lib';
import type * as v from 'valibot';
import { keyArn, streamArn, tableArn } from '../config/aws-names.ts';
import { type Rule, required, settings } from '../config/schema.ts';
import { shown } from '../config/values.ts';

/**
 * The ARNs of a store: three streams, four tables and the key that encrypts the tables. Each is text, or a token such
 * as `Fn.importValue`.
 *
 * @example
 * import { CfnOutput } from 'aws-cdk-lib';
 * const arns: FailureStoreArns = new FailureStore(stack, 'Store').arns;
 * for (const [name, value] of Object.entries(arns)) new CfnOutput(stack, name, { value });
 */
export interface FailureStoreArns {
  /** The table of failures. */
  readonly ledger: string;
  /** The stream of the table of failures, with new images. */
  readonly ledgerStream: string;
  /** The table of calls. */
  readonly effects: string;
  /** The table of circuits. */
  readonly circuits: string;
  /** The stream of the table of circuits, with new and old images. */
  readonly circuitsStream: string;
  /** The table of what operators did. */
  readonly audit: string;
  /** The stream of the table of what operators did, with new and old images. */
  readonly auditStream: string;
  /** The key that encrypts the tables. It encrypts what the pipeline creates, too. */
  readonly key: string;
}

/** Account and region of an ARN that is known at synth. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

export const PLACES = ['account', 'region'] as const;

/** @returns undefined for a token, and for a value that is not an ARN */
export function placeOf(arn: unknown): Place | undefined {
  if (typeof arn !== 'string' || Token.isUnresolved(arn) || !arn.startsWith('arn:')) return undefined;
  const { account = '', region = '' } = Arn.split(arn, ArnFormat.NO_RESOURCE_NAME);
  return { account, region };
}

const TABLES = ['ledger', 'effects', 'circuits', 'audit'] as const;
const STREAMS = ['ledger', 'circuits', 'audit'] as const;

/** The ARNs of the four tables. */
export function tablesOf(arns: FailureStoreArns): readonly string[] {
  return TABLES.map((name) => arns[name]);
}

const EXAMPLE = 'arn:aws:dynamodb:eu-west-1:123456789012:table/Ledger';

/** Checks what is known at synth. Of two tokens, nobody knows whether they are the same. */
const onePlace: Rule = {
  *check(arns) {
    const first = placeOf(arns.ledger);
    if (!first) return;
    for (const [name, arn] of Object.entries(arns)) {
      const place = placeOf(arn);
      for (const part of place ? PLACES : [])
        if (place?.[part] !== first[part]) yield [name, `must be in the ${part} of ledger, got ${shown(arn)}`];
    }
  },
  wrong: [
    { ledger: EXAMPLE, effects: 'arn:aws:dynamodb:eu-west-1:210987654321:table/Effects' },
    { ledger: EXAMPLE, effects: 'arn:aws:dynamodb:us-east-1:123456789012:table/Effects' },
  ],
};

const tablesDiffer: Rule = {
  *check(arns) {
    for (const [at, name] of TABLES.entries()) {
      const twin = TABLES.slice(0, at).find((other) => arns[other] !== undefined && arns[other] === arns[name]);
      if (twin) yield [name, `must differ from ${twin}, got ${shown(arns[name])}`];
    }
  },
  wrong: [{ ledger: EXAMPLE, effects: EXAMPLE }],
};

const streamsAreOfTables: Rule = {
  *check(arns) {
    for (const name of STREAMS) {
      const [table, stream] = [arns[name], arns[`${name}Stream`]];
      if (!placeOf(table) || !placeOf(stream) || String(stream).startsWith(`${table}/stream/`)) continue;
      yield [`${name}Stream`, `must be the stream of ${name}, got ${shown(stream)}`];
    }
  },
  wrong: [{ ledger: EXAMPLE, ledgerStream: `${EXAMPLE}s/stream/2026-01-01T00:00:00.000` }],
};

export const storeArns: v.GenericSchema<FailureStoreArns> = settings(
  {
    ledger: required(tableArn, 'The table of failures'),
    ledgerStream: required(streamArn, 'Its stream, with new images'),
    effects: required(tableArn, 'The table of calls'),
    circuits: required(tableArn, 'The table of circuits'),
    circuitsStream: required(streamArn, 'Its stream, with new and old images'),
    audit: required(tableArn, 'The table of what operators did'),
    auditStream: required(streamArn, 'Its stream, with new and old images'),
    key: required(keyArn, 'The key that encrypts the tables. It encrypts what the pipeline creates, too'),
  },
  tablesDiffer,
  streamsAreOfTables,
  onePlace,
);
