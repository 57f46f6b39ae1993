/** Reads of the system clock after which one turn shows whether a turn has many. */
const TRIAL_EVERY = 64;
/** Reads in one turn that pay for scheduling the end of the turn. */
const MANY = 8;

let known: number | undefined;
let readsOfTurn = 0;
let untilTrial = TRIAL_EVERY;

/**
 * Epoch milliseconds. In turns of the event loop with many calls, reads the clock once for all of them, as libuv does.
 * Reading the system clock can cost more than the rest of a guarded call. No remote call can end within one turn. Code
 * that blocks the event loop makes this clock late by as much. A turn with one call reads the clock itself, because
 * noticing the turn's end costs more.
 */
export function turnNow(): number {
  if (known !== undefined) {
    readsOfTurn++;
    return known;
  }
  const now = Date.now();
  if (--untilTrial > 0) return now;
  known = now;
  readsOfTurn = 1;
  // Keep the reference: otherwise the loop could sleep before it runs this, and wake up with an old time.
  setImmediate(forget);
  return now;
}

function forget(): void {
  known = undefined;
  untilTrial = readsOfTurn >= MANY ? 1 : TRIAL_EVERY;
}
