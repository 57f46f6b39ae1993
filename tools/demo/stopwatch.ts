/** Measures real time, even under a virtual clock. @returns a function that returns the milliseconds since the start */
export function stopwatch(): () => number {
  const begun = process.hrtime.bigint();
  return () => Number(process.hrtime.bigint() - begun) / 1e6;
}
