import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { moduleHref, nodeWords } from '../../testing/child.js';
import { codeOf, failure, thrown } from '../../testing/failure.js';
import { LabgridPeer } from '../../testing/labgrid/coordinator.js';
import { parsePlace } from './address.js';
import { newHolder } from './holder.js';
import { type HeldPlace, takePlace } from './place.js';

describe('a place of labgrid', () => {
  let peer: LabgridPeer;
  const held: HeldPlace[] = [];
  const take = async (query = '', place = 'bench') => {
    const taken = await takePlace(peer.lease(place, query));
    held.push(taken);
    return taken;
  };
  const lost = async ({ lost: signal }: HeldPlace) => {
    if (!signal.aborted) await once(signal, 'abort');
    return failure(() => signal.throwIfAborted(), 'LF_PLACE_LOST');
  };

  beforeEach(async () => {
    peer = await LabgridPeer.start('bench', 'shelf');
  });
  afterEach(async () => {
    for (const place of held.splice(0)) await place.release();
    peer.close();
  });

  it('is named by an address', () => {
    expect(parsePlace('labgrid://[::1]:9/a%2Fb?wait=60')).to.deep.equal({
      ...{ host: '[::1]', port: 9, place: 'a/b', waitSeconds: 60 },
    });
    expect(parsePlace('labgrid://lab/bench').port).to.equal(20408);
    for (const wrong of [
      'labgrid://lab',
      'labgrid://lab/',
      'labgrid://lab:0/a',
      'labgrid://lab:65536/a',
      'labgrid://user@lab/a',
      'labgrid://lab/a/b',
      'labgrid://lab/a?wait=-1',
      'labgrid://lab/a?wait=99999',
      'labgrid://lab/a?prio=1',
      'labgrid://lab/%E0%A4',
      'http://lab/a',
    ])
      expect(thrown(() => parsePlace(wrong)).code, wrong).to.equal('LF_CONFIG_INVALID');
  });

  it('is held under a name that labgrid can show, from acquisition to release', async () => {
    const place = await take();
    expect(peer.holderOf('bench'))
      .to.equal(place.holder)
      .and.match(/^[^/]+\/littlefirst-[^/]+$/);
    expect(await place.release()).to.equal(undefined);
    expect(peer.holderOf('bench')).to.equal('');
    expect(peer.releases).to.deep.equal([{ placename: 'bench', fromuser: place.holder }]);
    expect(place.lost.aborted).to.equal(false);
  });

  it('that another has tells who, and since when, and is left alone', async () => {
    peer.give('bench', 'desk/anna');
    const error = await failure(take(), 'LF_PLACE_BUSY');
    expect(error.message).to.contain('held by desk/anna since 2027-01-15T08:01:00.000Z');
    expect(peer.holderOf('bench')).to.equal('desk/anna');
  });

  it('is for one run of this host at a time, and two places for two', async () => {
    const first = await take();
    expect(await codeOf(take())).to.equal('LF_LINK_BUSY');
    expect(await codeOf(take('', 'shelf'))).to.equal('none');
    await first.release();
    expect(await codeOf(take())).to.equal('none');
  });

  it('is freed where a run of this host died with it, and not where the name is of another', async () => {
    const dead = newHolder();
    peer.give('bench', dead);
    await take();
    expect(peer.releases).to.deep.equal([{ placename: 'bench', fromuser: dead }]);
    const other = dead.replace(/littlefirst-[0-9a-f]{8}/, 'littlefirst-00000000');
    peer.give('shelf', other);
    expect((await failure(take('', 'shelf'), 'LF_PLACE_BUSY')).message).to.contain(other);
  });

  it('is waited for in the queue of labgrid, and the reservation ends with the wait', async () => {
    peer.give('bench', 'desk/anna');
    const waiting = take('?wait=600');
    await peer.until(() => peer.reserved('bench').length === 1);
    const rival = takePlace(peer.lease('shelf'));
    peer.give('bench', '');
    const place = await waiting;
    expect(peer.holderOf('bench')).to.equal(place.holder);
    expect(peer.reserved('bench')).to.deep.equal([]);
    await (await rival).release();
  });

  it('that is reserved for another is not had', async () => {
    peer.reserveFor('bench', 'desk/anna');
    const error = await failure(take(), 'LF_PLACE_BUSY');
    expect(error.message).to.contain('reserved for desk/anna, token TOKEN0');
  });

  it('that is taken away ends it at once, and the new holder keeps it', async () => {
    const place = await take();
    peer.give('bench', 'desk/anna');
    expect((await lost(place)).message).to.contain('its holder is desk/anna since');
    await place.release();
    expect(peer.holderOf('bench')).to.equal('desk/anna');
  });

  it('outlives a broken connection, and not a coordinator that has forgotten it', async () => {
    const place = await take();
    const sessions = peer.seen.length;
    await peer.restart(false);
    await peer.until(() => peer.seen.length > sessions);
    expect(place.lost.aborted).to.equal(false);
    await peer.restart(true);
    expect((await lost(place)).message).to.contain('its holder is nobody');
  });

  it('is given back when the process that had it is killed', async () => {
    const child = spawn(
      process.execPath,
      [
        ...nodeWords,
        '-e',
        `import(${JSON.stringify(moduleHref('wire/labgrid/place'))}).then(async ({ takePlace }) => {
          await takePlace(${JSON.stringify(peer.lease('bench'))});
          process.kill(process.pid, 'SIGKILL');
        });`,
      ],
      { stdio: 'inherit' },
    );
    const [, signal] = await once(child, 'exit');
    expect(signal).to.equal('SIGKILL');
    await peer.until(() => peer.releases.length > 0);
    expect(peer.holderOf('bench')).to.equal('');
    expect(peer.releases[0].fromuser).to.equal(peer.seen[0]);
  });

  it('that the coordinator does not know is not asked for again and again by a keeper', async () => {
    const words = [...nodeWords, fileURLToPath(moduleHref('wire/labgrid/keeper'))];
    const child = spawn(process.execPath, [...words, peer.lease('nowhere'), 'host/dead'], {
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    child.stdin.end();
    expect((await once(child, 'exit'))[0]).to.equal(0);
    expect(peer.releases).to.deep.equal([{ placename: 'nowhere', fromuser: 'host/dead' }]);
  });

  it('serves its port where the exporter has it now, by its name or its only one', async () => {
    peer.export('u1', { host: '127.0.0.1', port: 4001 });
    const place = await take();
    expect(await place.serialLink('labgrid:')).to.equal('rfc2217://127.0.0.1:4001');
    expect(await place.serialLink('labgrid:console?baud=9600&dtr=off')).to.equal(
      'rfc2217://127.0.0.1:4001?baud=9600&dtr=off',
    );
    expect(await place.serialLink('labgrid:u1')).to.equal('rfc2217://127.0.0.1:4001');
    expect(await place.serialLink('tcp:elsewhere:1')).to.equal('tcp:elsewhere:1');
    expect((await failure(place.serialLink('labgrid:other'), 'LF_CONFIG_INVALID')).message).to.contain(
      'labgrid:console',
    );
    peer.export('u1', { host: '::1', port: 4002, protocol: 'raw' });
    const again = takePlace(peer.lease('shelf'));
    await (await again).release();
    expect(await place.serialLink('labgrid:')).to.equal('tcp:[::1]:4002');
  });

  it('whose port is ambiguous, behind a proxy or of a strange address is refused', async () => {
    peer.export('u1', { host: '127.0.0.1', port: 4001 });
    peer.export('v2', { host: 'far', port: 4001, proxy: 'gate' });
    const place = await take();
    expect((await failure(place.serialLink('labgrid:'), 'LF_CONFIG_INVALID')).message).to.contain(
      'one of labgrid:console, labgrid:v2',
    );
    expect((await failure(place.serialLink('labgrid:v2'), 'LF_CONFIG_INVALID')).message).to.contain(
      'proxy gate',
    );
  });

  it('that does not exist, and a coordinator that is none, are told apart', async () => {
    const error = await failure(takePlace(peer.lease('nowhere')), 'LF_CONFIG_INVALID');
    expect(error.message).to.contain('one of bench, shelf');
    const server = createServer(socket => socket.end('Welcome to something else\r\n'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    expect(await codeOf(takePlace(`labgrid://127.0.0.1:${port}/bench`))).to.equal('LF_PLACE_UNREACHABLE');
    server.close();
  });
});
