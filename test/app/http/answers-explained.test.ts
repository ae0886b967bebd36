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

describe.each(PROVIDERS)('the reasons of refusals of %s', (provider) => {
  const own = refusalsOf(providers[provider]);

  it.each([...new Set(ofProvider[provider])])('refusalsOf explains the reason %s', (reason) => {
    expect(Object.keys(own)).toContain(reason);
  });

  it.each([...new Set([...ofProvider[provider], ...general, ...failures])])(
    'meaningOf returns a sentence without markup for the reason %s',
    (reason) => {
      expect(meaningOf(reason, provider)).toMatch(/^[A-Z][^`]+\.$/);
    },
  );

  it('refusalsOf gives each reason the status with which the code of the provider refuses', () => {
    const inCode = statusesInCode(provider);
    expect(inCode.length).toBeGreaterThan(1);
    expect(inCode.map(([reason]) => [reason, own[reason]?.status])).toEqual(inCode);
  });

  it.each(Object.keys(providers[provider].config.refusals))(
    'the code of the provider uses the reason %s of config.refusals',
    (reason) => {
      expect(ofProvider[provider]).toContain(reason);
    },
  );

  it('meaningOf explains wrong_method with the HTTP method of the provider', () => {
    const { method, config } = providers[provider];
    expect(meaningOf('wrong_method', provider)).toBe(`${config.title} sends ${method}.`);
  });

  it.each(['bad_x', 'constructor'])(
    'meaningOf returns undefined for %s, which is no reason of a refusal',
    (reason) => {
      expect(meaningOf(reason, provider)).toBeUndefined();
    },
  );
});

it('meaningOf explains a reason of one provider for no other provider', () => {
  expect(meaningOf('version', 'trustly-europe')).toBe('Trustly Europe: version is not 1.1.');
  expect(meaningOf('version', 'paymentwall')).toBeUndefined();
});

it('meaningOf explains only the general reasons for an unknown provider', () => {
  expect(meaningOf('unknown_path', 'gone')).toBe('The address of an account with a wrong end.');
  expect(meaningOf('version', 'gone')).toBeUndefined();
});

describe('a reason that two providers define under one name', () => {
  const folder = (title: string, means: string) => {
    const refusals: Refusals = { late: { status: 400, means }, wrong_signature: { status: 401, means } };
    return { method: 'POST', config: { title, refusals } };
  };
  const [one, two] = [folder('One', 'One says.'), folder('Two', 'Two says.')];
  const meant = (rows: readonly { readonly reason: string; readonly means: string }[], wanted: string) =>
    rows.filter(({ reason }) => reason === wanted).map(({ means }) => means);

  it('refusalsOf takes the meaning from the folder of the provider, also of a reason that all providers share', () => {
    expect(refusalsOf(one)).toMatchObject({
      late: { means: 'One says.' },
      wrong_signature: { means: 'One says.' },
    });
    expect(refusalsOf(two)).toMatchObject({ late: { means: 'Two says.' } });
  });

  it('everyRefusal has one row for each meaning of a reason, and one row when two folders give the same meaning', () => {
    const shared = generalRefusals([]).wrong_signature?.means;
    expect(meant(everyRefusal([one, two]), 'late')).toEqual(['One says.', 'Two says.']);
    expect(meant(everyRefusal([one, two]), 'wrong_signature')).toEqual([shared, 'One says.', 'Two says.']);
    expect(meant(everyRefusal([one, folder('Three', 'One says.')]), 'late')).toEqual(['One says.']);
  });
});
