/** What a step of the saga asks of the shop. */
export interface ShopRequest {
  readonly action: string;
  readonly order: string;
}

class ShopError extends Error {
  override readonly name = 'ShopError';
}

/** Asks the shop for one thing, always under the same key for the same order, so that asking twice does it once. */
export async function handler({ action, order }: ShopRequest): Promise<unknown> {
  const response = await fetch(`${process.env.SHOP_URL}/orders/${order}/${action}`, {
    method: 'POST',
    headers: { 'idempotency-key': `${order}/${action}` },
  });
  if (!response.ok) throw new ShopError(`the shop answered ${response.status} to ${action}`);
  return response.json();
}
