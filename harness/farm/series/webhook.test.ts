import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { Webhook } from 'standardwebhooks';
import type { Alarm } from './alarm.js';
import { webhook } from './webhook.js';

const secret = `whsec_${Buffer.alloc(24, 'k').toString('base64')}`;
const alarm: Alarm = {
  ...{
    id: '7',
    series: '3',
    name: 'rp2040 <any> 133MHz paper 1B6S',
    bench: 'shelf',
    rounds: 1,
    twin: 'image',
  },
  ...{ raised_at: new Date('2026-01-02T03:04:05Z'), effect: 0.02, effect_low: 0.017, effect_high: 0.023 },
  ...{ before_run: 'a', before_commit: 'c1', after_run: 'b', after_commit: 'c2' },
  ...{ first_bad_run: null, first_bad_commit: null, searched_at: null },
};

describe('alarms to a webhook', () => {
  const came: { headers: Record<string, string>; body: string }[] = [];
  let status = 204;
  let address: string;
  const server = createServer(async (request, response) => {
    came.push({ headers: request.headers as Record<string, string>, body: await text(request) });
    response
      .writeHead(status, { location: 'http://127.0.0.1:1/' })
      .end(status === 204 ? undefined : 'no room');
  });
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it("are signed so that the standard's own library takes them, and no others", async () => {
    const tell = webhook(address, secret);
    await tell(alarm, 'alarm');
    await tell(alarm, 'first bad image');
    const receiver = new Webhook(secret);
    for (const { headers, body } of came) {
      const told = receiver.verify(body, headers) as { data: { markdown: string } };
      expect(told.data.markdown).to.match(/needs 2(\.0)? % more/);
      const forged = body.replace('shelf', 'other');
      expect(() => receiver.verify(forged, headers)).to.throw('signature');
      const replayed = {
        ...headers,
        'webhook-timestamp': String(Number(headers['webhook-timestamp']) - 3600),
      };
      expect(() => receiver.verify(body, replayed)).to.throw('old');
    }
    expect(came.map(({ headers }) => headers['webhook-id'])).to.deep.equal([
      'littlefirst.alarm.7',
      'littlefirst.first-bad-image.7',
    ]);
    came.length = 0;
    await tell(alarm, 'alarm');
    expect(came[0].headers['webhook-id'], 'told again').to.equal('littlefirst.alarm.7');
  });

  it('are not told where the receiver refuses or sends elsewhere, so that they are told again', async () => {
    const tell = webhook(address, secret);
    for (status of [500, 307]) {
      const error = await Promise.resolve(tell(alarm, 'alarm')).catch((reason: unknown) => reason);
      expect(String(error)).to.contain(`did not take an alarm: ${status} no room`);
    }
  });

  it('need an address and a secret of some length', () => {
    expect(() => webhook('ftp://x', secret)).to.throw(/no address of a webhook/);
    for (const wrong of [undefined, '', 'whsec_', 'whsec_c2hvcnQ=', Buffer.alloc(32).toString('base64')])
      expect(() => webhook(address, wrong)).to.throw(/need a secret/);
  });
});
