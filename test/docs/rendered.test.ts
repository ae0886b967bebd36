/** Pages that are rendered from tables are up to date, and rendering is deterministic. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderedFiles } from '../../tools/docs/files.ts';

const root = join(import.meta.dirname, '../..');
const files = await renderedFiles();

describe('rendered files', () => {
  it.each(Object.keys(files))('%s is what the tables render now (else: npm run docs)', (path) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(files[path]);
  });

  it('two renderings give the same files', async () => {
    expect(await renderedFiles()).toEqual(files);
  });

  it('docs/tables and docs/events have no file beside the rendered ones', () => {
    const there = ['docs/tables', 'docs/events'].flatMap((folder) =>
      readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
    );
    const made = Object.keys(files).filter((path) => /^docs\/(tables|events)\//.test(path));
    expect(there.sort()).toEqual(made.sort());
  });
});

describe('the providers’ pages', () => {
  const page = (name: string) => files[`docs/tables/${name}.md`] ?? '';
  const named = (codes: string, name: string) =>
    codes
      .split(' ')
      .filter((code) => !page(name).includes(`| \`${code}\` `) && !page(name).includes(`\`${code}\` `));

  // The names are from the providers' documentation, not from our tables.
  it('the page of Trustly Americas names every documented event, status, type and code', () => {
    const events =
      'Establish Authorize DataReady Update Fail Deny Process Complete Cancel Cancelled Expire Refund Dispute Reconcile Reverse Hold Approve VerifyCustomer VerifyAccount SendChallenge Feedback FIUser FIAccountBalance Reclaim ChallengeCompleted Represent SessionStepStart SessionStepComplete SessionStepJSError Refresh Tokenize Income FIAccountActivity ReverseEndUserTransaction FISelectedAccounts CONSENT_REVOKED Debited Credit';
    expect(named(events, 'trustly-americas')).toEqual([]);
    for (const status of 'New Pending Authorized Processed Completed Failed Expired Canceled Denied Disputed Reversed PartiallyRefunded Refunded Voided OnHold'.split(
      ' ',
    )) {
      expect(page('trustly-americas')).toMatch(new RegExp(`\\| ${status} +\\|`));
    }
    for (const type of 'External Authorize Pay Capture Refund Reverse Deposit Reclaim Representment Preauthorization Instant Deferred Recurring Disbursement Verification Retrieval'.split(
      ' ',
    )) {
      expect(page('trustly-americas')).toMatch(new RegExp(`\\| ${type} +\\|`));
    }
    const codes =
      'SW010 SW013 SW020 SW021 SW030 SW051 SW052 SW053 SW054 SW055 SW056 SW057 SW059 SW060 AC100 AC118 SE01 SE02 SE03 R01 R84 900 922 990 996 UC01 UC23 UC24 UC37 100 150 200 210 300 326 330 331 375 378 380 390 397 1 2 3 4 5 8 9 10 11 12 15 16';
    expect(named(codes, 'trustly-americas')).toEqual([]);
  });

  it('the page of Trustly Europe names every documented method and reason', () => {
    expect(
      named(
        'account cancel credit debit kyc payoutconfirmation payoutdowngraded payoutfailed pending',
        'trustly-europe',
      ),
    ).toEqual([]);
    const reasons =
      'CANCELLED CANCELED DECLINED ERROR FAILED ERROR_CHARGE_NOT_APPROVED ERROR_MANDATE_INVALID INVALID_ACCOUNT INVALID_ACCOUNT_ID MANDATE_ALREADY_EXISTS';
    expect(named(reasons, 'trustly-europe')).toEqual([]);
  });

  it('the page of Paymentwall names every documented type and reason', () => {
    expect(named('0 1 2 12 13 14 200 201 202 203 220', 'paymentwall')).toEqual([]);
    expect(named('1 2 3 4 5 6 7 8 9 10 11', 'paymentwall')).toEqual([]);
  });
});
