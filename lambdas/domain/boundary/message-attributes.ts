/**
 * Message attribute that marks a message sent by Backstop. Holds the failure's id, or its key where the id alone is
 * ambiguous.
 */
export const SENT_FAILURE_ID = 'backstop-failure-id';

/**
 * A message attribute. SQS lets a sender extend each of its three types by a label, such as `Number.java.lang.Long`.
 */
interface TypedAttribute {
  readonly name: string;
  readonly dataType: string;
}

/** An attribute as a Lambda function receives it. */
export interface ReceivedAttribute {
  readonly dataType: string;
  readonly stringValue?: string | undefined;
  /** Base64. */
  readonly binaryValue?: string | undefined;
}

const DEFAULT_TYPE = 'String';
const NAME = /^(?!(?:aws|amazon)\.)[\w-]+(?:\.[\w-]+)*$/i;
const DATA_TYPE = /^(?:String|Number|Binary)(?:\.\P{Cc}+)?$/u;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Longest name and longest type, in characters. */
const MAX_LENGTH = 256;

/** Encodes an attribute's name, followed by a colon and its type unless that is `String`. Names contain no colon. */
export function attributeKey(name: string, dataType: string): string {
  return dataType === DEFAULT_TYPE ? name : `${name}:${dataType}`;
}

/** Reverses {@link attributeKey}. */
export function parseAttributeKey(key: string): TypedAttribute {
  const colon = key.indexOf(':');
  return colon < 0
    ? { name: key, dataType: DEFAULT_TYPE }
    : { name: key.slice(0, colon), dataType: key.slice(colon + 1) };
}

/** Whether an attribute of this type holds bytes. Its value is Base64 then. */
export function isBinary(dataType: string): boolean {
  return /^Binary(?:\.|$)/.test(dataType);
}

/** The value of a received attribute as text; undefined if it has none. */
export function attributeText({ dataType, stringValue, binaryValue }: ReceivedAttribute): string | undefined {
  return isBinary(dataType) ? binaryValue : stringValue;
}

/** Whether SQS takes an attribute with this key and value. */
export function isSendableAttribute(key: string, value: string): boolean {
  const { name, dataType } = parseAttributeKey(key);
  if (name === SENT_FAILURE_ID || !NAME.test(name) || name.length > MAX_LENGTH) return false;
  if (!DATA_TYPE.test(dataType) || dataType.length > MAX_LENGTH || value === '') return false;
  return !isBinary(dataType) || BASE64.test(value);
}
