import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { call } from './call.ts';

export interface Loaded<Document> {
  readonly document: Document | undefined;
  readonly problem: string | undefined;
  /** When the document came, in epoch milliseconds. */
  readonly at: number;
  readonly refresh: () => void;
}

/**
 * Loads a document, and again and again while the page is visible.
 *
 * @param everyMs 0 to load once
 */
export function useDocument<Document>(name: string, input: object = {}, everyMs = 0): Loaded<Document> {
  const [state, setState] = useState<Pick<Loaded<Document>, 'document' | 'problem' | 'at'>>({
    document: undefined,
    problem: undefined,
    at: 0,
  });
  const [turn, setTurn] = useState(0);
  const sent = JSON.stringify(input);
  const shown = useRef('');
  useEffect(() => {
    let isCurrent = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    if (shown.current !== name + sent) setState({ document: undefined, problem: undefined, at: 0 });
    shown.current = name + sent;
    const load = async () => {
      if (document.hidden) return again();
      try {
        const answer = await call<Document>(name, JSON.parse(sent));
        if (isCurrent) setState({ document: answer, problem: undefined, at: Date.now() });
      } catch (error) {
        if (isCurrent) setState((before) => ({ ...before, problem: (error as Error).message }));
      }
      again();
    };
    const again = () => {
      if (isCurrent && everyMs > 0) timer = setTimeout(load, everyMs);
    };
    void load();
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [name, sent, everyMs, turn]);
  return { ...state, refresh: useCallback(() => setTurn((before) => before + 1), []) };
}

/** The current time in epoch milliseconds, every second. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (watches.size === 0) ticking = setInterval(tick, 1_000);
    watches.add(setNow);
    return () => {
      watches.delete(setNow);
      if (watches.size === 0) clearInterval(ticking);
    };
  }, []);
  return now;
}

/** All that show an age, by one timer: a table of them would wake up once for each row. */
const watches = new Set<(now: number) => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  const now = Date.now();
  for (const watch of watches) watch(now);
}

export interface Route {
  readonly screen: string;
  readonly query: Readonly<Record<string, string>>;
}

/** The screen in the address: `#/letters?dependency=payments`. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const listen = () => setHash(location.hash);
    addEventListener('hashchange', listen);
    return () => removeEventListener('hashchange', listen);
  }, []);
  const [screen = '', query = ''] = hash.replace(/^#\//, '').split('?');
  return { screen: screen || 'now', query: Object.fromEntries(new URLSearchParams(query)) };
}
