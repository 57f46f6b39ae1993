import type { RunTool } from '../../../bin/console/run-for-document.ts';
import { documentsOf, LETTERS, REFUSED } from './outage-documents.ts';

/** The tool of a stack in which payments is down, a fallback has answered, and an undo is incomplete. */
export function outageTool(now: number): RunTool {
  const documents = documentsOf(now);
  /** Ends the redrive. It lasts until the operator looks at the list of runs, which the audit log has. */
  let endRun = () => {};
  return async ([group = '', command = '', ...args], { stdout, progress }) => {
    const words = group === 'dlq' || group === 'incidents' || group === 'circuits' ? `${group} ${command}` : group;
    if (words === 'dlq redrive' && !args.includes('--dry-run')) {
      const seen = progress(LETTERS);
      seen.show(LETTERS, 'waiting for outcomes');
      await new Promise<void>((resolve) => {
        endRun = resolve;
      });
      seen.end();
      stdout(JSON.stringify(documents.redriven));
      return 0;
    }
    if (words === 'dlq discard') {
      stdout(JSON.stringify({ discarded: REFUSED, deleted: REFUSED.length, left: [], hidden: 0 }));
      return 0;
    }
    if (words === 'audit') endRun();
    stdout(JSON.stringify(documentOf(words, [command, ...args], documents)));
    return 0;
  };
}

function documentOf(words: string, args: readonly string[], documents: ReturnType<typeof documentsOf>): unknown {
  switch (words) {
    case 'status':
      return documents.status;
    case 'incidents ls':
      return documents.incidents;
    case 'incidents preview':
      return documents.acknowledges;
    case 'circuits ls':
      return documents.circuits;
    case 'failures':
      return documents.failures(args);
    case 'trace':
      return { failures: [args[0] === 'quote-1' ? documents.degraded : documents.story] };
    case 'dlq show':
      return args.includes('quote-1') ? documents.quote : documents.letter;
    case 'dlq redrive':
      return documents.plan;
    case 'whoami':
      return { may: { act: true, reveal: true } };
    default:
      return [];
  }
}
