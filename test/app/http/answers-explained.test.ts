import { describe, expect, it } from 'vitest';
import {
  everyRefusal,
  generalRefusals,
  meaningOf,
  refusalsOf,
} from '../../../shared/app/http/answers-explained.ts';
import { PROVIDERS, providers } from '../../../shared/providers/index.ts';
import type { Refusals } from '../../../shared/providers/refusals.ts';
import { reasonsInCode, statusesInCode } from '../../../tools/docs/errors.ts';

const { general, ofProvider, failures } = reasonsInCode();

describe.each(PROVIDERS)('of %s', (provider) => {
  const own = refusalsOf(providers[provider]);

  it.each([...new Set(ofProvider[provider])])(
    'its folder, or what providers share, explains %s',
    (reason) => {
      expect(Object.keys(own)).toContain(reason);
    },
  );

  it.each([...new Set([...ofProvider[provider], ...general, ...failures])])(
    '%s has a sentence without markup',
    (reason) => {
      expect(meaningOf(reason, provider)).toMatch(/^[A-Z][^`]+\.$/);
    },
  );

  it('a refusal has the status with which the code refuses', () => {
    const inCode = statusesInCode(provider);
    expect(inCode.length).toBeGreaterThan(1);
    expect(inCode.map(([reason]) => [reason, own[reason]?.status])).toEqual(inCode);
  });

  it.each(Object.keys(providers[provider].config.refusals))('%s is a reason in its code', (reason) => {
    expect(ofProvider[provider]).toContain(reason);
  });

  it('the method is its own', () => {
    const { method, config } = providers[provider];
    expect(meaningOf('wrong_method', provider)).toBe(`${config.title} sends ${method}.`);
  });

  it.each(['bad_x', 'constructor'])('%s, which is no reason, has none', (reason) => {
    expect(meaningOf(reason, provider)).toBeUndefined();
  });
});

it('a reason of one provider has no meaning for another one', () => {
  expect(meaningOf('version', 'trustly-europe')).toBe('Trustly Europe: version is not 1.1.');
  expect(meaningOf('version', 'paymentwall')).toBeUndefined();
});

it('of a provider that is not known, only what is said for all', () => {
  expect(meaningOf('unknown_path', 'gone')).toBe('The address of an account with a wrong end.');
  expect(meaningOf('version', 'gone')).toBeUndefined();
});

describe('a reason of one name in two folders', () => {
  const folder = (title: string, means: string) => {
    const refusals: Refusals = { late: { status: 400, means }, wrong_signature: { status: 401, means } };
    return { method: 'POST', config: { title, refusals } };
  };
  const [one, two] = [folder('One', 'One says.'), folder('Two', 'Two says.')];
  const meant = (rows: readonly { readonly reason: string; readonly means: string }[], wanted: string) =>
    rows.filter(({ reason }) => reason === wanted).map(({ means }) => means);

  it('means what the folder of the provider says, also if providers share it', () => {
    expect(refusalsOf(one)).toMatchObject({
      late: { means: 'One says.' },
      wrong_signature: { means: 'One says.' },
    });
    expect(refusalsOf(two)).toMatchObject({ late: { means: 'Two says.' } });
  });

  it('has a row for each meaning on the page, and one if they say the same', () => {
    const shared = generalRefusals([]).wrong_signature?.means;
    expect(meant(everyRefusal([one, two]), 'late')).toEqual(['One says.', 'Two says.']);
    expect(meant(everyRefusal([one, two]), 'wrong_signature')).toEqual([shared, 'One says.', 'Two says.']);
    expect(meant(everyRefusal([one, folder('Three', 'One says.')]), 'late')).toEqual(['One says.']);
  });
});
