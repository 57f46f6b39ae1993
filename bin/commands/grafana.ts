import { writeFileSync } from 'node:fs';
import { GetDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { Argument } from 'commander';
import { parseBody } from '../grafana/cloudwatch-body.ts';
import { toGrafana } from '../grafana/to-grafana.ts';
import { type AddCommand, example } from '../session/command.ts';
import { NotFoundError } from '../session/errors.ts';
import { oneOf } from '../session/options.ts';
import type { Session } from '../session/session.ts';

/** Prefixes of the stack's outputs, by the names that operators use. */
const DASHBOARDS = { overview: 'Overview', cost: 'Cost', conflicts: 'Conflicts' } as const;

type DashboardName = keyof typeof DASHBOARDS;

export const addGrafana: AddCommand = (program, open) => {
  program
    .command('grafana')
    .addArgument(
      new Argument('[dashboard]', 'dashboard to export; conflicts is available only if a dependency resolves conflicts')
        .choices(Object.keys(DASHBOARDS))
        .argParser(oneOf(Object.keys(DASHBOARDS)))
        .default('overview'),
    )
    .description('Export a dashboard for Grafana: the same panels, from a CloudWatch data source.')
    .option('--out <file>', 'write to this file instead of stdout')
    .addHelpText('after', example('backstop grafana overview --out overview.json'))
    .action(async (name: DashboardName, { out }: { readonly out?: string }, command) =>
      print(await open(command), name, out),
    );
};

async function print(session: Session, name: DashboardName, out: string | undefined): Promise<void> {
  const { clients, deployment } = session;
  const DashboardName = deployment.outputs[`${DASHBOARDS[name]}DashboardName`];
  if (DashboardName === undefined) {
    throw new NotFoundError(`Stack '${deployment.stack}' has no dashboard '${name}'.`);
  }
  const { DashboardBody = '{}' } = await clients.cloudwatch.send(new GetDashboardCommand({ DashboardName }));
  const dashboard = toGrafana(parseBody(DashboardBody), {
    title: `Backstop: ${name} (${deployment.stack})`,
    region: deployment.region,
  });
  if (out === undefined) return session.print.json(dashboard);
  writeFileSync(out, `${JSON.stringify(dashboard, undefined, 2)}\n`);
  session.print.result({ file: out }, () =>
    session.print.line(
      `Written to ${out}. In Grafana: Dashboards > New > Import, then choose a CloudWatch data source.`,
    ),
  );
}
