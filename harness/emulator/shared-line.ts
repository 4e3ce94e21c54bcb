import { Duplex } from 'node:stream';

/** Bytes kept for a client that does not read; beyond them they are lost, as on a line without flow control. */
const keptBytes = 65_536;

/** The serial line of an emulated board with several plugs: each hears the board, and the board hears all. */
export class SharedLine {
  readonly #plugs = new Set<Duplex>();
  #isMute = false;

  constructor(private readonly uart: Duplex) {
    uart.on('data', (bytes: Buffer) => {
      if (!this.#isMute) this.#tell(bytes);
    });
    uart.on('error', error => {
      for (const plug of this.#plugs) plug.destroy(error);
    });
  }

  /** Lets nobody hear the board. */
  mute(): void {
    this.#isMute = true;
  }

  /** @param text what is heard of the time before */
  unmute(text: string): void {
    this.#isMute = false;
    this.#tell(Buffer.from(text, 'latin1'));
  }

  #tell(bytes: Buffer): void {
    for (const plug of this.#plugs) if (plug.readableLength < keptBytes) plug.push(bytes);
  }

  /** A new plug, which hears what the board says from now on. */
  plug(): Duplex {
    const plug = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => {
        if (this.uart.destroyed) done(new Error('the board is gone'));
        else this.uart.write(bytes, error => done(error));
      },
    });
    this.#plugs.add(plug);
    plug.on('close', () => this.#plugs.delete(plug));
    plug.on('error', () => plug.destroy());
    return plug;
  }
}
