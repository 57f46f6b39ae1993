/** Request of a saga step to the shop. */
export interface ShopRequest {
  readonly action: string;
  readonly order: string;
}

class ShopError extends Error {
  override readonly name = 'ShopError';
}

/** Requests an action with an idempotency key per order, so that a repeated request has no second effect. */
export async function handler({ action, order }: ShopRequest): Promise<unknown> {
  const response = await fetch(`${process.env.SHOP_URL}/orders/${order}/${action}`, {
    method: 'POST',
    headers: { 'idempotency-key': `${order}/${action}` },
  });
  if (!response.ok) throw new ShopError(`the shop answered ${response.status} to ${action}`);
  return response.json();
}
