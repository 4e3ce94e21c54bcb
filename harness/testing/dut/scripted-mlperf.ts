import type { Duplex } from 'node:stream';

/** A DUT that answers from a table: reply lines for a command, or what it does itself. */
export class ScriptedMlperfDut {
  readonly heard: string[] = [];
  private command = '';

  constructor(
    private readonly line: Duplex,
    private readonly replies: (command: string) => string[] | undefined,
  ) {
    line.on('data', (chunk: Buffer) => {
      for (const char of chunk.toString('latin1')) this.take(char);
    });
  }

  say(text: string): void {
    this.line.write(text);
  }

  private take(char: string): void {
    if (char !== '%') {
      this.command += char;
      return;
    }
    this.heard.push(this.command);
    const lines = this.replies(this.command);
    this.command = '';
    if (lines !== undefined) this.say([...lines, 'm-ready', ''].join('\r\n'));
  }
}

/** The usual answers of a DUT whose input holds `size` bytes. */
export function usualMlperfReplies(size: number): (command: string) => string[] | undefined {
  let position = 0;
  return command => {
    const [verb, first] = command.split(' ');
    if (verb === 'name') return ['m-name-dut-[acme]'];
    if (verb === 'profile') return ['m-profile-[ULPMark for tinyML Firmware V0.0.1]', 'm-model-[kws01]'];
    if (verb === 'infer') {
      const [, count, warmups] = command.split(' ');
      return [
        `m-warmup-start-${warmups}`,
        'm-warmup-done',
        `m-infer-start-${count}`,
        'm-lap-us-4294967290',
        'm-lap-us-94',
        'm-infer-done',
        'm-results-[0.250,0.750]',
      ];
    }
    if (command.startsWith('db load')) {
      position = 0;
      return [`m-[Expecting ${command.slice(8)} bytes]`];
    }
    if (verb === 'db') {
      position += first.length / 2;
      return position === size ? ['m-load-done'] : [];
    }
    return [`e-[Unknown command: ${verb}]`];
  };
}
