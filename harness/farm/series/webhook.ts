import { createHmac } from 'node:crypto';
import { LittlefirstError } from '../../errors.js';
import { visible } from '../../visible.js';
import { type Alarm, alarmMarkdown } from './alarm.js';
import type { WatchOptions } from './watch.js';

/** No answer for so long, milliseconds: the alarm is told again later. Assumed: far above what a receiver needs to note it. */
const silenceMilliseconds = 15_000;
/** Shortest secret, bytes (Standard Webhooks, "Signature scheme": 24 to 64 random bytes). */
const leastSecretBytes = 24;

/** @throws LF_USAGE */
function secretBytes(secret: string | undefined): Buffer {
  const [, text] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret ?? '') ?? [];
  const bytes = Buffer.from(text ?? '', 'base64');
  if (bytes.length >= leastSecretBytes) return bytes;
  throw new LittlefirstError('LF_USAGE', 'Alarms to a webhook need a secret that signs them', {
    expected: 'LITTLEFIRST_FARM_WEBHOOK_SECRET: whsec_ and the base64 of 24 random bytes or more',
    received: secret === undefined ? 'none' : `${bytes.length} bytes`,
    hint: 'echo "whsec_$(openssl rand -base64 32)"',
  });
}

/**
 * Tells alarms to an address by POST, signed as Standard Webhooks (standardwebhooks.com, version 1) has it: HMAC-SHA256 over id, time and body. An
 * alarm has the same `webhook-id` each time that it is told, by which a receiver knows it again; it is told until an answer of 2xx has come.
 * @throws LF_USAGE for no http(s) address or no secret
 */
export function webhook(address: string, secret: string | undefined): NonNullable<WatchOptions['onAlarm']> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new LittlefirstError('LF_USAGE', 'This is no address of a webhook', {
      expected: 'http:// or https://',
      received: address,
    });
  const key = secretBytes(secret);
  return async (alarm: Alarm, news) => {
    const type = news === 'alarm' ? 'littlefirst.alarm' : 'littlefirst.first-bad-image';
    const body = JSON.stringify({
      type,
      timestamp: alarm.raised_at,
      data: { alarm, markdown: alarmMarkdown(alarm) },
    });
    const id = `${type}.${alarm.id}`;
    const seconds = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
    const answer = await fetch(url, {
      method: 'POST',
      /* A redirection would take the alarm to where nobody sent it. */
      redirect: 'manual',
      signal: AbortSignal.timeout(silenceMilliseconds),
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(seconds),
        'webhook-signature': `v1,${signature}`,
      },
      body,
    });
    const said = (await answer.text()).slice(0, 200);
    if (!answer.ok) throw new Error(`${url.origin} did not take an alarm: ${answer.status} ${visible(said)}`);
  };
}
