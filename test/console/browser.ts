/** A headless Chromium that needs no system package: an npm package has it, for Linux on x64. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';

/** The reason why this computer cannot run the browser; undefined: it can. */
export const noBrowser: string | undefined =
  process.platform === 'linux' && process.arch === 'x64'
    ? undefined
    : `@sparticuz/chromium is built for Linux on x64, and this is ${process.platform} on ${process.arch}`;

/** The package's fonts come before those of the system, so that pictures look alike on every computer. */
function fontConfig(): string {
  const file = join(tmpdir(), 'payhooks-fonts.conf');
  const alias = (family: string, preferred: string) =>
    `<alias binding="same"><family>${family}</family><prefer><family>${preferred}</family></prefer></alias>`;
  writeFileSync(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<dir>/usr/share/fonts</dir><dir>${join(tmpdir(), 'fonts')}</dir><cachedir>${join(tmpdir(), 'payhooks-fonts-cache')}</cachedir>
${alias('system-ui', 'Open Sans')}${alias('sans-serif', 'Open Sans')}${alias('monospace', 'DejaVu Sans Mono')}
</fontconfig>`,
  );
  return file;
}

export async function launchBrowser(): Promise<Browser> {
  const { default: packed, inflate } = await import('@sparticuz/chromium');
  const executablePath = await packed.executablePath();
  const launch = (env: NodeJS.ProcessEnv) =>
    chromium.launch({
      executablePath,
      // The package's own flags switch off the same-origin policy, which these tests need.
      args: ['--no-sandbox', '--font-render-hinting=none'],
      env: { ...process.env, FONTCONFIG_FILE: fontConfig(), ...env },
    });
  try {
    return await launch({});
  } catch (error) {
    // A computer without NSS cannot start the browser. The package has the libraries of Amazon Linux for such a
    // computer.
    const archive = new URL('../bin/al2023.tar.br', import.meta.resolve('@sparticuz/chromium'));
    const libraries = join(await inflate(fileURLToPath(archive)), 'lib');
    return launch({ LD_LIBRARY_PATH: libraries }).catch((again: unknown) => {
      throw new AggregateError(
        [error, again],
        'Chromium does not start, with or without the libraries it brings',
      );
    });
  }
}
