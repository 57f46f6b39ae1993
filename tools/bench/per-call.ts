import {
  bare,
  type Call,
  CONSECUTIVE,
  cockatielConsecutive,
  cockatielOpen,
  cockatielSampling,
  type Guarded,
  OPOSSUM,
  OURS,
  opossum,
  opossumOpen,
  ours,
  oursOpen,
  SAMPLING,
  TRY_CATCH,
  TRY_CATCH_AND_CLOCK,
  tryCatch,
  tryCatchAndClock,
} from './contestants.ts';
import { nanosecondsOfSingleCalls, nanosecondsPerCall } from './stopwatch.ts';

/** Nanoseconds per call, by contestant. `bare` is the call without a guard. */
export type Times = Readonly<Record<string, number>>;

export const BARE = 'bare call';

const succeeding: Call = async () => 1;
const down = new Error('down');
const failing: Call = async () => {
  throw down;
};

export async function closedPath(): Promise<Times> {
  const peer = opossum(succeeding);
  const times = await nanosecondsPerCall(
    {
      [BARE]: of(bare, succeeding),
      [TRY_CATCH]: of(tryCatch, succeeding),
      [TRY_CATCH_AND_CLOCK]: of(tryCatchAndClock, succeeding),
      [CONSECUTIVE]: of(cockatielConsecutive(), succeeding),
      [OURS]: of(ours(), succeeding),
      [SAMPLING]: of(cockatielSampling(), succeeding),
      [OPOSSUM]: peer.call,
    },
    { rounds: 41, callsEach: 20_000 },
  );
  peer.stop();
  return times;
}

/** Measures calls in separate turns of the event loop, as calls to other systems are. So each call reads the clock. */
export async function closedPathTurnByTurn(): Promise<Times> {
  const contestants = {
    [BARE]: of(bare, succeeding),
    [TRY_CATCH]: of(tryCatch, succeeding),
    [CONSECUTIVE]: of(cockatielConsecutive(), succeeding),
    [OURS]: of(ours(), succeeding),
  };
  return nanosecondsOfSingleCalls(contestants, { rounds: 21, callsEach: 1_000 });
}

export async function openPath(): Promise<Times> {
  const peer = opossumOpen();
  const times = await nanosecondsPerCall(
    {
      [BARE]: of(bare, succeeding),
      [CONSECUTIVE]: of(await cockatielOpen(), succeeding),
      [OURS]: of(await oursOpen(), succeeding),
      [OPOSSUM]: peer.call,
    },
    { rounds: 41, callsEach: 5_000 },
  );
  peer.stop();
  return times;
}

/** Measures failing calls that change no state, after the given number of successful calls within the window. */
export async function failingPath(callsInWindow: number): Promise<Times> {
  let isDown = false;
  const call: Call = () => (isDown ? failing() : succeeding());
  // Each contestant tolerates all failures here, so that none opens.
  const peer = opossum(call, 100);
  const guarded = { [SAMPLING]: cockatielSampling(0.999), [OURS]: ours({ failureRate: 1, windowMs: 60_000 }) };
  const contestants = {
    [BARE]: of(bare, call),
    ...Object.fromEntries(Object.entries(guarded).map(([name, guard]) => [name, of(guard, call)])),
    [OPOSSUM]: peer.call,
  };
  for (const one of Object.values(contestants)) for (let n = 0; n < callsInWindow; n++) await one();
  isDown = true;
  const times = await nanosecondsPerCall(contestants, { rounds: 21, callsEach: 20 });
  peer.stop();
  return times;
}

function of(guard: Guarded, fn: Call): Call {
  return () => guard(fn);
}
