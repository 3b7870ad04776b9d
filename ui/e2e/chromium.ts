// The browser of the tests.
import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

/**
 * A new Chromium: the one of env CHROMIUM, else Debian's headless shell, else the whole browser. Pages live for a second
 * here, so that what the optimising compilers would win is less than what they take: with both, a walk through thirty
 * pages takes 1.6 times the processor.
 */
export function launch(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find(path => existsSync(path))!
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--headless=new', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage', '--disable-component-update', '--no-first-run',
    '--js-flags=--no-turbofan --no-maglev'] })
}
