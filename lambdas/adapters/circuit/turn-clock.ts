let known: number | undefined;

/**
 * Reads the clock once per turn of the event loop, in epoch milliseconds, as libuv does. Reading the system clock can
 * cost more than the rest of a guarded call, and no remote call can end within one turn. Code that blocks the event
 * loop makes this clock late by as much.
 */
export function turnNow(): number {
  if (known !== undefined) return known;
  known = Date.now();
  // Keep the reference: otherwise the loop could sleep before it runs this, and wake up with an old time.
  setImmediate(forget);
  return known;
}

function forget(): void {
  known = undefined;
}
