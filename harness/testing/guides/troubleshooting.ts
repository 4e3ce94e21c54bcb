import { type Actor, type ErrorCode, errorActors, exitCodes } from '../../errors.js';
import { errorGuide } from './error-guide.js';

const actorWords: Readonly<Record<Actor, string>> = {
  user: 'Your input: files and options',
  bench: 'The bench: lines, devices, tools, power',
  dut: 'The board under test',
  meter: 'The meter',
  harness: 'The harness itself',
};

/** The text of docs/troubleshooting.md: every code, by who must act. */
export function troubleshootingText(): string {
  const codes = Object.keys(errorActors) as ErrorCode[];
  const sections = (Object.keys(actorWords) as Actor[]).map(actor => {
    const own = codes.filter(code => errorActors[code] === actor);
    const exit = actor === 'user' ? exitCodes.usage : exitCodes.bench;
    return [
      `## ${actorWords[actor]}`,
      '',
      `Exit code ${exit}.`,
      '',
      ...own.flatMap(code => [
        `### ${code}`,
        '',
        errorGuide[code].means,
        '',
        `Try: ${errorGuide[code].try}`,
        '',
      ]),
    ].join('\n');
  });
  return `# Troubleshooting by code

Every error that the program raises on purpose begins with a stable code and says what was expected, what came and what to try; \`--verbose\` adds the stack. \`littlefirst doctor\`
says what is connected, what is missing and how to mend it. This page is made of the codes (\`npm run docs:errors\`); a test fails when one is missing.

A block that a fault befell is told in the report and in \`run.log\`; where a repetition may help, it was repeated once.

${sections.join('\n')}`
    .trimEnd()
    .concat('\n');
}
