/** The requested edit is invalid, or the failure's state forbids it. */
export class EditError extends Error {
  override readonly name = 'EditError';
}
