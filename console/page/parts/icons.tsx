/** The page's icons: 16 by 16, in the colour of the text. Each is beside a word. */
const PATHS = {
  overview: 'M2 8.5 8 3l6 5.5M4 7.5V13h8V7.5',
  requests: 'M2 5h9M8 2l3 3-3 3M14 11H5M8 8l-3 3 3 3',
  payments: 'M2 4h12v8H2zM2 7h12M4.5 10h2',
  orders: 'M4 2h8v12H4zM6 5h4M6 8h4M6 11h2',
  holds: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM6.5 6v4M9.5 6v4',
  quarantine: 'M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4zM8 5.5v3M8 10.5v.2',
  undelivered: 'M2 4h12v8H2zM2 4.5l6 4.5 6-4.5',
  queues: 'M2 4h12M2 8h12M2 12h7',
  reconciliation: 'M13 6A5.5 5.5 0 0 0 3.2 5M3 2.5V5h2.5M3 10a5.5 5.5 0 0 0 9.8 1M13 13.5V11h-2.5',
  metrics: 'M2 13h12M4 11V8M7 11V4M10 11V6M13 11V9',
  try: 'M5 3l8 5-8 5z',
  shop: 'M3 6l1-3h8l1 3M3 6h10v7H3zM6.5 13V9.5h3V13',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5 14 14',
  close: 'M4 4l8 8M12 4l-8 8',
  back: 'M10 3 5 8l5 5',
  next: 'M6 3l5 5-5 5',
  copy: 'M5.5 5.5h8v8h-8zM3 10.5h-.5v-8h8V3',
  check: 'M3 8.5 6.5 12 13 4.5',
  alert: 'M8 2.5 14.5 13.5h-13zM8 6.5v3.5M8 11.8v.2',
  menu: 'M2 4h12M2 8h12M2 12h12',
  keys: 'M2 4h12v8H2zM4.5 6.5h.2M7 6.5h.2M9.5 6.5h.2M12 6.5h-.2M5 9.5h6',
  notification: 'M8 13V3M4 7l4-4 4 4',
  effect: 'M8 3v10M4 9l4 4 4-4',
  decision: 'M8 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3 13.5c.5-2.500 2.500-4 5-4s4.500 1.500 5 4',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
