#!/usr/bin/env node
// Only what old versions of Node can read as well: they are to say what is wrong, not to stumble over the program.
const [major, minor] = process.versions.node.split('.').map(Number);
const isKnown = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;

if (isKnown) {
  import('../dist/cli/main.js')
    .then(program => program.main(process.argv))
    .then(code => {
      process.exitCode = code;
    });
} else {
  console.error(
    'littlefirst needs Node.js 20.19 or later of 20, or 22.12 or later; this is ' +
      process.versions.node +
      '.',
  );
  process.exitCode = 4;
}
