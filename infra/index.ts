/** What a merchant's CDK app imports from the package (docs/construct.md). */
export { type Config, ConfigError, parseConfig } from './config.ts';
export { PayhooksEdge, type PayhooksEdgeProps } from './constructs/edge.ts';
export { PayhooksWaf, type PayhooksWafProps } from './constructs/waf.ts';
export { type AccountUrl, Payhooks, type PayhooksProps } from './payhooks.ts';
export { PayhooksStack, type PayhooksStackProps } from './payhooks-stack.ts';
export type { AccountSettings, Settings } from './settings.ts';
