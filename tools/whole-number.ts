import { InvalidArgumentError } from 'commander';

/** Reads the value of an option that takes a positive integer. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('Must be an integer, at least 1.');
  return value;
}
