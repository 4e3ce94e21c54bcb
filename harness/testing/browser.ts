import { existsSync } from 'node:fs';

/** The browser of tests that look at pages; undefined where there is none: they then define themselves not. */
export const chromiumPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
