/** The source files of the repository. */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

/** The paths of the TypeScript files below these folders, sorted. `name` may include .tsx; the default is .ts alone. */
export const sourceFiles = (folders: readonly string[], name = /\.ts$/): readonly string[] =>
  folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(folder, file),
      ),
    )
    .filter((path) => name.test(path) && !path.includes('node_modules'))
    .sort();
