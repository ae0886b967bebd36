/**
 * `node examples/client-node/main.ts my-42 12.00 EUR` registers an order. It reads PAYHOOKS_API_URL (the stack's output
 * ApiUrl), AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
 */
import { Payhooks, PayhooksError } from './payhooks.ts';

const { env } = process;
const [reference, exact, currency] = process.argv.slice(2);
const {
  PAYHOOKS_API_URL: apiUrl,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
} = env;
if (!reference || !exact || !currency || !apiUrl || !accessKeyId || !secretAccessKey) {
  console.error(
    'Usage: PAYHOOKS_API_URL=… AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… main.ts REFERENCE AMOUNT CURRENCY\n' +
      'Of npm start the key is awsCredentials in .payhooks/running-<process>.json.',
  );
  process.exit(2);
}
const sessionToken = env.AWS_SESSION_TOKEN;
const payhooks = new Payhooks({
  apiUrl,
  region: env.AWS_REGION ?? 'us-east-1',
  credentials: async () => ({ accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }),
});
try {
  console.log(JSON.stringify(await payhooks.registerOrder({ reference, amounts: [{ currency, exact }] })));
} catch (error) {
  if (!(error instanceof PayhooksError)) throw error;
  console.error(`${error.status}: ${error.message}`);
  process.exitCode = 1;
}
