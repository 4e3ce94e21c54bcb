import { expect } from 'chai';
import { parseServeLink } from './link.js';

describe('links to serve at', () => {
  const good: [string, object][] = [
    ['tcp:0', { kind: 'tcp', host: '127.0.0.1', port: 0 }],
    ['tcp:5025', { kind: 'tcp', host: '127.0.0.1', port: 5025 }],
    ['tcp:localhost:1905', { kind: 'tcp', host: 'localhost', port: 1905 }],
    ['TCP:0.0.0.0:65535', { kind: 'tcp', host: '0.0.0.0', port: 65_535 }],
    ['tcp://127.0.0.1:80', { kind: 'tcp', host: '127.0.0.1', port: 80 }],
    ['tcp:[::1]:5025', { kind: 'tcp', host: '::1', port: 5025 }],
    ['ttyPPK2', { kind: 'terminal', path: 'ttyPPK2' }],
    ['./a:b', { kind: 'terminal', path: './a:b' }],
    ['/tmp/with space/tty', { kind: 'terminal', path: '/tmp/with space/tty' }],
    ['serial:/tmp/tty', { kind: 'terminal', path: '/tmp/tty' }],
  ];
  for (const [text, expected] of good)
    it(`should take ${text}`, () => {
      expect(parseServeLink(text)).to.deep.equal(expected);
    });

  for (const text of [
    '',
    ' ',
    'tcp:',
    'tcp:port',
    'tcp:host',
    'tcp:host:',
    'tcp:host:port',
    'tcp:70000',
    'tcp:host:70000',
    'tcp:a:b:1',
    'tcp:::1:5025',
    'tcp: 5025',
    'udp:5025',
    'rfc2217://host:1',
    'serial:',
    'emulated:',
    'COM3:',
  ])
    it(`should refuse ${JSON.stringify(text)}, and make no file of that name`, () => {
      expect(() => parseServeLink(text)).to.throw('is no link');
    });
});
