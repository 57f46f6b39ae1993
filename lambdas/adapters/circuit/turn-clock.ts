let known: number | undefined;

/**
 * The time at which the current turn of the event loop first asked for it, in epoch milliseconds; libuv keeps its own time
 * alike. Reading the system's clock can cost more than all the rest of a guarded call, and no call to another system can end
 * within one turn. Code that keeps the event loop busy makes it late for as long.
 */
export function turnNow(): number {
  if (known !== undefined) return known;
  known = Date.now();
  // Not unreferenced: the loop could then sleep before it comes to that, and wake up with an old time.
  setImmediate(forget);
  return known;
}

function forget(): void {
  known = undefined;
}
