/** A configuration that needs every function, the vault, shipping and the APIs of all providers. */
const page = 'https://shop.example/page';

export const everything = {
  environment: 'sandbox',
  target: { type: 'eventbridge' },
  accounts: [
    {
      provider: 'trustly-americas',
      account: 'whole',
      confirm: true,
      checkout: {
        merchantId: '1',
        pages: { pending: page, confirmed: page, selection: page, declined: page },
      },
      splitTokenKey: {
        kty: 'EC',
        crv: 'P-256',
        x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
        y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
      },
    },
    { provider: 'trustly-europe', account: 'plain' },
    {
      provider: 'trustly-europe',
      account: 'asking',
      kyc: true,
      decision: { url: 'https://shop.example/decide' },
    },
    {
      provider: 'paymentwall',
      account: 'boxes',
      api: 'digital_goods',
      signatureVersion: 3,
      goods: 'physical',
      policy: { grantOn: 'authorized', amountCheck: 'when-present' },
    },
  ],
};
