/** Folders of this project. It imports nothing else of the project, because the command line loads it first. */
import { resolve } from 'node:path';

/** The folder of cdk.json. */
export const root = resolve(import.meta.dirname, '..');

/** The folder of the demo credentials; git ignores it. */
export const credentialsFolder = resolve(root, '.payhooks');
