/** Parses an order for any of the registered providers. */
import { parseOrder as parseFor } from '../payment/index.ts';
import type { Order } from '../payment/types.ts';
import { PROVIDERS, providers } from './index.ts';

const KNOWN = Object.fromEntries(PROVIDERS.map((name) => [name, providers[name].rules]));

/** See shared/payment/orders.ts. @throws OrderError */
export const parseOrder = (value: unknown, at: string): Order => parseFor(value, at, KNOWN);
