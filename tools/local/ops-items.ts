import { json, jsonService, type Service } from './protocol.ts';

interface OpsItem {
  readonly OpsItemId: string;
  readonly Title: string;
  Status: string;
  readonly dedup: string | undefined;
}

interface Creation {
  readonly Title: string;
  readonly OperationalData?: Readonly<Record<string, { readonly Value: string }>>;
}

/** OpsItems of Systems Manager. Refuses a duplicate of an open item. */
export function opsItemsService(): Service {
  const items: OpsItem[] = [];
  const find = (id: string) => items.find(({ OpsItemId }) => OpsItemId === id);
  const others = jsonService({
    UpdateOpsItem: ({ OpsItemId, Status }: { OpsItemId: string; Status: string }) =>
      void Object.assign(find(OpsItemId) ?? {}, { Status }),
    GetOpsItem: ({ OpsItemId }: { OpsItemId: string }) => ({ OpsItem: find(OpsItemId) }),
    GetOpsSummary: () => ({ Entities: items.map(({ OpsItemId }) => ({ Id: OpsItemId })) }),
  });
  return async (operation, body) => {
    if (operation !== 'CreateOpsItem') return others(operation, body);
    const { Title, OperationalData }: Creation = JSON.parse(body);
    const dedup = OperationalData?.['/aws/dedup']?.Value;
    const known = items.find((item) => item.Status === 'Open' && dedup !== undefined && item.dedup === dedup);
    // The error names the existing item.
    if (known) return json(400, { __type: 'OpsItemAlreadyExistsException', OpsItemId: known.OpsItemId });
    const OpsItemId = `oi-${String(items.length + 1).padStart(12, '0')}`;
    items.push({ OpsItemId, Title, Status: 'Open', dedup });
    return json(200, { OpsItemId });
  };
}
