/**
 * Keeps real time out of all tests, as a setup file. A limit expires on a virtual clock, or when a test ends it with
 * `heldTimeLimits`, never because a machine is slow.
 */
AbortSignal.timeout = function neverExpiring() {
  return new AbortController().signal;
};
