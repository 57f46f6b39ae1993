/** Formats the time between two steps, which may be milliseconds: `340 ms`, or as {@link shortSpan}. */
export function stepSpan(ms: number): string {
  return ms > 0 && ms < 1_000 ? `${Math.round(ms)} ms` : shortSpan(ms);
}

/** Formats an age or a wait, in seconds at least: `1 s`, `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`. */
export function shortSpan(ms: number): string {
  if (ms > 0 && ms < 1_000) return '1 s';
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${Math.floor(hours / 24)} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
