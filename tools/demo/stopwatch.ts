/** Measures real time, whatever clock the process goes by. @returns milliseconds since the call */
export function stopwatch(): () => number {
  const begun = process.hrtime.bigint();
  return () => Number(process.hrtime.bigint() - begun) / 1e6;
}
