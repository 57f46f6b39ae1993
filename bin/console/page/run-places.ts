/** Where this tab began its runs, and which of their results it shows no more. Kept for a reload. */
export interface RunPlaces {
  /** Address of the screen where the run was begun; undefined if another tab did. */
  placeOf(id: string): string | undefined;
  isHidden(id: string): boolean;
  begun(id: string, place: string): void;
  hide(ids: readonly string[]): void;
}

const PLACES = 'backstop-run-places';
const HIDDEN = 'backstop-hidden-runs';
/** The console keeps fewer runs than that. */
const KEPT = 200;

export function runPlaces(storage: Pick<Storage, 'getItem' | 'setItem'>): RunPlaces {
  const places = new Map<string, string>(JSON.parse(storage.getItem(PLACES) ?? '[]'));
  const hidden = new Set<string>(JSON.parse(storage.getItem(HIDDEN) ?? '[]'));
  return {
    placeOf: (id) => places.get(id),
    isHidden: (id) => hidden.has(id),
    begun(id, place) {
      places.set(id, place);
      storage.setItem(PLACES, JSON.stringify([...places].slice(-KEPT)));
    },
    hide(ids) {
      for (const id of ids) hidden.add(id);
      storage.setItem(HIDDEN, JSON.stringify([...hidden].slice(-KEPT)));
    },
  };
}
