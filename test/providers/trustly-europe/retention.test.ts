/** Evidence about a person's identity (kyc) is kept for 30 days, also if it cannot be read. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { trustlyEurope } from '../../../shared/providers/trustly-europe/index.ts';
import { evidenceDays } from '../../../shared/providers/trustly-europe/retention.ts';
import { SAMPLES } from './support.ts';

/** The word with each letter plain or escaped. A JSON parser reads every spelling as the same text. */
const spelled = (word: string) =>
  fc
    .tuple(
      ...[...word].map((letter) =>
        fc.constantFrom('plain', 'lower', 'upper').map((how) => [letter, how] as const),
      ),
    )
    .map((letters) =>
      letters
        .map(([letter, how]) => {
          const hex = letter.charCodeAt(0).toString(16).padStart(4, '0');
          return how === 'plain' ? letter : `\\u${how === 'upper' ? hex.toUpperCase() : hex}`;
        })
        .join(''),
    );
const blank = fc.constantFrom('', ' ', '\n\t ');

it('evidence of kyc stays 30 days, however the JSON escapes the words', () => {
  fc.assert(
    fc.property(spelled('method'), spelled('kyc'), blank, blank, (method, kyc, before, after) => {
      const data = JSON.stringify(SAMPLES.kyc);
      const message = `{"${method}"${before}:${after}"${kyc}","version":"1.1","params":{"data":${data}}}`;
      expect(JSON.parse(message)).toMatchObject({ method: 'kyc' });
      expect(evidenceDays(message)).toBe(30);
    }),
  );
});

it('evidence with method written twice stays 30 days if either value is kyc', () => {
  expect(evidenceDays('{"method":"credit","method":"k\\u0079c"}')).toBe(30);
  expect(evidenceDays('{"method":"kyc","method":"credit"}')).toBe(30);
});

it('evidence of every other method stays as configured, whatever the texts contain', () => {
  fc.assert(
    fc.property(fc.constantFrom('credit', 'debit', 'account', 'cancel'), fc.string(), (method, text) => {
      const data = {
        note: text,
        quoted: '"method":"kyc"',
        escaped: '\\"method\\":\\"kyc\\"',
        list: ['method', 'kyc'],
      };
      expect(evidenceDays(JSON.stringify({ method, params: { data } }))).toBeUndefined();
    }),
  );
});

it('the provider trustlyEurope has the same evidenceDays: 30 for kyc', () => {
  expect(trustlyEurope.evidenceDays?.('{"method":"k\\u0079c"}')).toBe(30);
});
