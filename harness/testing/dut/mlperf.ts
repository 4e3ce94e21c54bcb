/*
 * What a DUT of MLPerf Tiny answers, byte for byte, as mlcommons/tiny has it in benchmark/api/internally_implemented.cpp;
 * T stands for a count of microseconds.
 */

/** The end of every reply. */
export const ready = 'm-ready\r\n';

/** A time stamp of the performance regime. */
export const lap = 'm-lap-us-T\r\n';

/** What the DUT says when it has started in the performance regime. */
export const banner = `m-timestamp-mode-performance\r\n${lap}m-init-done\r\n${ready}`;

/** The reply to `help`, without its end. */
export const help = [
  'ULPMark for tinyML Firmware V0.0.1',
  '',
  'help         : Print this information',
  'name         : Print the name of the device',
  'timestsamp   : Generate a timetsamp',
  'db SUBCMD    : Manipulate a generic byte buffer',
  '  load N     : Allocate N bytes and set load counter',
  '  db HH[HH]* : Load 8-bit hex byte(s) until N bytes',
  '  print [N=16] [offset=0]',
  '             : Print N bytes at offset as hex',
  'infer N [W=0]: Load input, execute N inferences after W warmup loops',
  'results      : Return the result fp32 vector',
  '',
].join('\r\n');

/** A reply with T for every count of microseconds. */
export const withoutTimes = (reply: string): string => reply.replaceAll(/m-lap-us-\d+/g, 'm-lap-us-T');
