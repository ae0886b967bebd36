/** `npm run audit:dependencies`: exit code 0 clean, 1 a finding of high severity, 2 the scan did not run. */
import { text } from 'node:stream/consumers';
import { reportOf, verdictOf } from './audit.ts';

const { code, lines } = reportOf(verdictOf(await text(process.stdin)));
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = code;
