const JSON_TYPES = /^(?:text\/json|application\/(?:[\w.-]+\+)?json)$/;
/** Only media types of this form are displayed. */
const MEDIA_TYPE = /^[\w.+-]{1,64}\/[\w.+-]{1,64}$/;

/** Media type of a `Content-Type` header, lowercased and without parameters. */
export function mediaTypeOf(contentType: string): string {
  const type = contentType.replace(/;.*$/s, '').trim().toLowerCase();
  return MEDIA_TYPE.test(type) ? type : 'unknown';
}

/** Matches all JSON media types (RFC 6839, section 3.1). */
export function isJsonType(mediaType: string): boolean {
  return JSON_TYPES.test(mediaType);
}
