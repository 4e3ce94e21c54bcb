import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { packagePath } from '../package-root.js';
import { powerSchema } from '../wire/devices/power-config.js';
import { deviceSchema } from '../wire/devices/schema.js';
import { createExternalFlasher, externalFlasherSchema } from '../wire/flash/config.js';
import { parseLinkUrl } from '../wire/link/url.js';

describe('docs/real-boards.md', () => {
  const text = readFileSync(packagePath('docs', 'real-boards.md'), 'utf8');

  it('shows a block of every flasher, as the schema takes it', () => {
    const blocks = [...text.matchAll(/^\| `(\{ tool: .*?\})` \|/gm)].map(
      ([, block]) => parse(block) as object,
    );
    const tools = externalFlasherSchema.options.map(option => option.shape.tool.value);
    for (const block of blocks) createExternalFlasher(externalFlasherSchema.parse(block));
    expect(blocks.map(block => (block as { tool: string }).tool)).to.have.members(tools);
  });

  it('shows every kind of line and of power switch, as the schemas take them', () => {
    const values = (key: string) =>
      [...text.matchAll(new RegExp(`^${key}: (.*?)(?: # .*)?$`, 'gm'))].map(
        ([, value]) => parse(value) as unknown,
      );
    for (const device of values('device')) deviceSchema.parse(device);
    const kinds = values('link').map(link => parseLinkUrl(String(link)).kind);
    expect(kinds).to.have.members(['serial', 'rfc2217', 'place']);
    const powers = values('power').map(power => powerSchema.parse(power).by);
    expect(powers).to.have.members(['meter', 'uhubctl', 'command', 'scpi']);
  });
});
