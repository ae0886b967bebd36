/** Every setting of functions, routes, alarms and traces away from its default. */
export const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:on-call';

export const KNOBS = {
  publicUrl: 'https://pay.shop.example',
  edgeHeader: 'count',
  alarmEmail: 'on-call@shop.example',
  alarmActions: [TOPIC, 'arn:aws:sns:eu-west-1:123456789012:chat'],
  okActions: false,
  tracing: true,
  rollout: 'canary',
  functions: {
    intake: { memoryMb: 2_048, timeoutSeconds: 6, provisionedConcurrency: 2 },
    'transition-worker': { memoryMb: 1_024, timeoutSeconds: 60, maxConcurrency: 50 },
    'fulfilment-worker': { memoryMb: 1_025, timeoutSeconds: 90, maxConcurrency: 2 },
    sweeper: { memoryMb: 512, timeoutSeconds: 40 },
    checkout: { memoryMb: 1_026, timeoutSeconds: 20 },
    redirect: { memoryMb: 1_027, timeoutSeconds: 8 },
    confirmer: { memoryMb: 1_028, timeoutSeconds: 50 },
    reconciler: { memoryMb: 1_029, timeoutSeconds: 600 },
    probe: { memoryMb: 1_030, timeoutSeconds: 200 },
  },
  throttles: {
    intake: { rate: 900, burst: 1_800 },
    strangers: { rate: 5, burst: 6 },
    checkout: { rate: 300, burst: 301 },
    redirects: { rate: 40, burst: 41 },
  },
};
