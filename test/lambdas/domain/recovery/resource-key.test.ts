import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resourceDigest, resourceKey } from '../../../../lambdas/domain/recovery/resource-key.ts';

const order = { path: '/orders/1' };

describe('the resource of an operation', () => {
  it.each([
    ['the same path', { path: '/orders/1' }, undefined],
    ['the same id, whatever the path', { path: '/v2/orders/1', resourceId: '/orders/1' }, undefined],
  ])('is one with that of %s', (_, operation, tenant) => {
    expect(resourceKey(operation, tenant)).toBe(resourceKey(order));
  });

  it.each([
    ['another path', { path: '/orders/2' }, undefined],
    ['another id', { path: '/orders/1', resourceId: 'order-2' }, undefined],
    ['another tenant', { path: '/orders/1' }, 'acme'],
  ])('is not that of %s', (_, operation, tenant) => {
    expect(resourceKey(operation, tenant)).not.toBe(resourceKey(order));
  });

  it('is never shared by two tenants, whatever they call their resources', () => {
    const tenant = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
    const named = fc.record({ resourceId: fc.string({ minLength: 1 }), tenant: fc.option(tenant, { nil: undefined }) });
    fc.assert(
      fc.property(named, named, (one, other) => {
        const key = ({ resourceId, tenant }: typeof one) => resourceKey({ path: '/', resourceId }, tenant);
        const isSame = one.resourceId === other.resourceId && one.tenant === other.tenant;
        expect(key(one) === key(other)).toBe(isSame);
      }),
    );
  });

  it('can be computed by hand', () => {
    const script = `printf '%s\\n%s' "$TENANT" "$RESOURCE" | sha256sum | cut -c1-32`;
    const byHand = (TENANT: string, RESOURCE: string) =>
      execFileSync('sh', ['-c', script], { env: { ...process.env, TENANT, RESOURCE } })
        .toString()
        .trim();
    expect(byHand('acme', 'größe %s')).toBe(resourceKey({ path: '/', resourceId: 'größe %s' }, 'acme'));
    expect(byHand('', '/orders/1')).toBe(resourceKey(order));
  });

  it('is told by half of its digits in logs', () => {
    expect(resourceDigest(order, 'acme')).toMatch(/^[0-9a-f]{16}$/);
    expect(resourceKey(order, 'acme')).toBe(resourceDigest(order, 'acme') + resourceKey(order, 'acme').slice(16));
  });
});
