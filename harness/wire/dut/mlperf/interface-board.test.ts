import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { expect } from 'chai';
import { EmulatedInterfaceBoard } from '../../../emulator/interface-board.js';
import { ScriptedMlperfDut, usualMlperfReplies } from '../../../testing/dut/scripted-mlperf.js';
import { failure } from '../../../testing/failure.js';
import { closeLink, openLink } from '../../link/open.js';
import type { DutFault } from '../stream.js';
import { MlperfClient } from './client.js';

describe('MlperfClient through an interface board', () => {
  const banner = 'm-timestamp-mode-performance\r\nm-lap-us-3\r\nm-init-done\r\nm-ready\r\n';
  const budgets = { sync: 2000, name: 1000, load: 1000, infer: 1000 };
  let server: Server;
  const closing: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    server.close();
    await once(server, 'close');
  });

  /** A client, an interface board and a DUT behind it. @param before said by the DUT before it answers its n-th command */
  async function bench(before: (nth: number) => string = () => '') {
    const arrived = once(server, 'connection');
    const link = await openLink(`tcp:127.0.0.1:${(server.address() as AddressInfo).port}`);
    closing.push(() => closeLink(link));
    const [toDut, dutSide]: Duplex[] = duplexPair();
    const answers = usualMlperfReplies(70);
    let count = 0;
    const dut = new ScriptedMlperfDut(dutSide, command => {
      count += 1;
      dutSide.write(before(count));
      return answers(command);
    });
    const board = new EmulatedInterfaceBoard(toDut);
    const [socket] = await arrived;
    socket.pipe(board.port).pipe(socket);
    const faults: DutFault[] = [];
    const client = new MlperfClient(link, {
      route: 'interface-board',
      budgets,
      onFault: fault => faults.push(fault),
    });
    return { board, dut, client, faults };
  }

  it('finds its place wherever the DUT starts between the commands', async () => {
    for (let cut = 0; cut <= banner.length; cut += 1) {
      /* The rest of it comes after the board was set up, so that the board keeps it for the first command. */
      const { board, dut, client } = await bench();
      dut.say(banner.slice(0, cut));
      await client.setInterfaceBaud(9600);
      dut.say(banner.slice(cut));
      await client.sync();
      expect((await client.identify()).name, `cut at byte ${cut}`).to.equal('acme');
      expect(board.baudRate).to.equal(9600);
    }
  });

  it('finds its place when the DUT starts while it is asked, and says so', async () => {
    for (const nth of [1, 2]) {
      const { client, faults, board } = await bench(count => (count === nth ? banner : ''));
      await client.setInterfaceBaud(9600);
      await client.sync();
      expect((await client.identify()).model, `before reply ${nth}`).to.equal('kws01');
      await client.load(new Uint8Array(70));
      expect((await client.infer(70, 10)).results).to.deep.equal([0.25, 0.75]);
      expect(faults).to.have.length(1);
      expect(faults[0].message).to.contain('a reply behind');
      expect(board).to.include({ baudRate: 9600, restarts: 2 });
    }
  });

  it('finds its place again where a reply comes unasked between two commands', async () => {
    for (const nth of [3, 4, 5, 8]) {
      const { client, faults } = await bench(count => (count === nth ? 'm-ready\r\n' : ''));
      await client.sync();
      expect((await client.identify()).model, `before reply ${nth}`).to.equal('kws01');
      await client.load(new Uint8Array(70));
      expect((await client.infer(70, 10)).results).to.deep.equal([0.25, 0.75]);
      expect(faults.map(fault => fault.message).join()).to.contain('a reply behind');
    }
  });

  it('ends in an error where the DUT starts again and again', async () => {
    const { client } = await bench(() => banner);
    const { message } = await failure(client.sync(), 'LF_DUT_REPLY');
    expect(message).to.contain('stays a reply behind').and.contain('reset the interface board');
  });
});
