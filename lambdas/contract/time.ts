/** The current time in epoch milliseconds. */
export type Clock = () => number;
