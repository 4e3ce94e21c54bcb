import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { LittlefirstError } from '../errors.js';
import { notJournalled, readSecret, withoutSecrets } from './secrets.js';

describe('secrets of a bench', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'littlefirst-secret-'));
  });
  after(() => rm(folder, { recursive: true }));

  async function refusal(secret: string): Promise<string> {
    const error = await readSecret(secret, 'The password').catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(LittlefirstError).and.to.have.property('code', 'LF_CONFIG_INVALID');
    return (error as LittlefirstError).message;
  }

  it('come from a variable, a file, or stand there', async () => {
    const file = join(folder, 'secret');
    await writeFile(file, 'hush hush\nsecond line\n');
    process.env.LITTLEFIRST_TEST_SECRET = 'from the environment';
    expect(await readSecret('env:LITTLEFIRST_TEST_SECRET', 'it')).to.equal('from the environment');
    delete process.env.LITTLEFIRST_TEST_SECRET;
    expect(await readSecret(`file:${file}`, 'it')).to.equal('hush hush');
    expect(await readSecret('as it is', 'it')).to.equal('as it is');
  });

  it('are asked for where they are not there', async () => {
    const empty = join(folder, 'empty');
    await writeFile(empty, '');
    expect(await refusal('env:LITTLEFIRST_TEST_SECRET')).to.match(/not set/);
    expect(await refusal(`file:${join(folder, 'absent')}`)).to.match(/cannot be read/);
    expect(await refusal(`file:${empty}`)).to.match(/empty/);
    expect(await refusal(notJournalled)).to.match(/no journal keeps/);
  });

  it('do not stand in what the journal keeps, wherever the bench has them', () => {
    const bench = {
      link: 'rfc2217://lab:pa55@host:4000',
      meter: { settings: { otiiLogin: { username: 'lab', password: 'pa55' } } },
      modes: [{ link: 'tcp:host:1' }, { password: 'pa55' }],
    };
    const { bench: kept, places } = withoutSecrets(bench);
    expect(JSON.stringify(kept)).to.not.contain('pa55');
    expect(kept.link).to.equal(`rfc2217://${notJournalled}@host:4000`);
    expect(kept.meter.settings.otiiLogin.username).to.equal('lab');
    expect(places).to.deep.equal(['link', 'meter.settings.otiiLogin.password', 'modes[1].password']);
    const named = { password: 'env:OTII_PASSWORD', other: { password: 'file:/run/secrets/otii' } };
    expect(withoutSecrets(named)).to.deep.equal({ bench: named, places: [] });
  });
});
