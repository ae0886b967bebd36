/** The environment variables of the functions. */
import { describe, expect, it } from 'vitest';
import { fields, ofType, type Resource, templateOf } from './support.ts';

const template = templateOf();
const all = (type: string): readonly Resource[] => ofType(template, type).map(([, resource]) => resource);

describe('the environment variables of functions', () => {
  it('the environment of a function has addresses and never a secret', () => {
    for (const { Properties } of all('AWS::Lambda::Function')) {
      const variables = fields(fields(Properties.Environment).Variables);
      expect(variables).toMatchObject({
        PAYHOOKS_ENVIRONMENT: 'sandbox',
        POWERTOOLS_SERVICE_NAME: 'payhooks-sandbox',
        POWERTOOLS_METRICS_NAMESPACE: 'Payhooks',
      });
      for (const [name, value] of Object.entries(variables)) {
        expect(name).not.toMatch(/SECRET|TOKEN|PASSWORD|CREDENTIAL|PRIVATE/);
        expect(JSON.stringify(value)).not.toMatch(/resolve:|whsec_|BEGIN|Secret|envelope-key/);
      }
    }
  });
});
