/** Folders of this project. It imports nothing else of it: the command line starts with these. */
import { resolve } from 'node:path';

/** Where cdk.json is. */
export const root = resolve(import.meta.dirname, '..');

/** Ignored by git; keeps the demo credentials. */
export const credentialsFolder = resolve(root, '.payhooks');
