import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { shortSpan } from '../../session/short-span.ts';
import { addressOf } from './address.ts';
import { takeToken } from './call.ts';
import type { Status } from './documents.ts';
import { type Loaded, type Route, useDocument, useNow, useRoute } from './hooks.ts';
import { ALL_RIGHTS, ReadOnlyNote, type Rights, RightsProvider } from './rights.tsx';
import { Audit } from './screens/audit.tsx';
import { Decisions } from './screens/decisions.tsx';
import { FailureScreen } from './screens/failure.tsx';
import { Failures } from './screens/failures.tsx';
import { Letters } from './screens/letters.tsx';
import { Now } from './screens/now.tsx';
import { Related } from './screens/related.tsx';
import { Runs } from './screens/runs.tsx';
import { RunsHistory } from './screens/runs-history.tsx';

const SCREENS = [
  ['now', 'Now'],
  ['failures', 'Failures'],
  ['letters', 'Dead letters'],
  ['decisions', 'Decisions'],
  ['runs', 'Runs'],
  ['audit', 'Audit'],
] as const;

const EVERY_MS = 3_000;
/** Milliseconds would flicker. */
const MIN_AGE_MS = 1_000;
/** Policies seldom change. */
const RIGHTS_EVERY_MS = 300_000;

function Page() {
  const route = useRoute();
  const title = titleOf(route);
  useEffect(() => {
    document.title = `${title} · Backstop`;
  }, [title]);
  const status = useDocument<Status>('status', {}, EVERY_MS);
  const rights = useDocument<{ readonly may: Rights }>('rights', {}, RIGHTS_EVERY_MS);
  return (
    <RightsProvider value={rights.document?.may ?? ALL_RIGHTS}>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header>
        <span class="brand">Backstop</span>
        <nav aria-label="Screens">
          {SCREENS.map(([screen, title]) => (
            <a key={screen} href={addressOf(screen)} aria-current={isOn(route, screen) ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <Where status={status} />
      </header>
      <Runs />
      <main id="main" tabIndex={-1}>
        <ReadOnlyNote />
        <Screen route={route} status={status} />
      </main>
    </RightsProvider>
  );
}

function titleOf({ screen, query }: Route): string {
  if (screen === 'failure') return `Failure ${query.id ?? ''}`;
  if (screen === 'related') return `Related by ${query.id ?? ''}`;
  return SCREENS.find(([each]) => each === screen)?.[1] ?? 'Now';
}

function isOn({ screen }: Route, each: string): boolean {
  return screen === each || (each === 'failures' && (screen === 'failure' || screen === 'related'));
}

function Where({ status: { document, at, problem } }: { readonly status: Loaded<Status> }) {
  const now = useNow();
  if (!document) return null;
  return (
    <span class={problem === undefined ? 'quiet' : 'problem'}>
      {document.stack} in {document.region}, {shortSpan(Math.max(MIN_AGE_MS, now - at))} old
    </span>
  );
}

function Screen({ route, status }: { readonly route: Route; readonly status: Loaded<Status> }) {
  const { screen, query } = route;
  switch (screen) {
    case 'failures':
      return <Failures query={query} status={status.document} />;
    case 'failure':
      return <FailureScreen id={query.id ?? ''} dependency={query.dependency} tenant={query.tenant} />;
    case 'related':
      return <Related id={query.id ?? ''} />;
    case 'letters':
      return <Letters query={query} />;
    case 'decisions':
      return <Decisions />;
    case 'runs':
      return <RunsHistory />;
    case 'audit':
      return <Audit />;
    default:
      return <Now status={status} />;
  }
}

takeToken();
// Somebody opens the address of an alert where the page is open already. Before the route hears of it.
addEventListener('hashchange', takeToken);
render(<Page />, document.getElementById('page') ?? document.body);
