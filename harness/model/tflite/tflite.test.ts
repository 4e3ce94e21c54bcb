import { expect } from 'chai';
import { LittlefirstError } from '../../errors.js';
import { thrown } from '../../testing/failure.js';
import { everyOperator, randomSource, TestNetworkBuilder } from '../../testing/model/networks.js';
import { GoldenNetwork } from '../golden/network.js';
import type { Network } from './network.js';
import { readTflite } from './read.js';
import { builtinOperatorNames } from './schema.js';
import { writeTflite } from './write.js';

/** A network of one CONV_2D: small, so that single bytes of its file can be found. */
function oneConvolution(): Network {
  const builder = new TestNetworkBuilder('int8');
  const output = builder.conv(builder.input([1, 4, 1, 2]), 3, [3, 1]);
  return builder.build('one', [output]);
}

/** The file of `oneConvolution` with another operator code in place of CONV_2D (3), in both code fields. */
function withOperatorCode(code: number): Uint8Array {
  const bytes = writeTflite(oneConvolution());
  const view = new DataView(bytes.buffer);
  const follow = (at: number): number => at + view.getUint32(at, true);
  const field = (table: number, id: number): number =>
    table + view.getUint16(table - view.getInt32(table, true) + 4 + 2 * id, true);
  const codes = follow(field(follow(0), 1));
  const first = follow(codes + 4);
  view.setInt8(field(first, 0), Math.min(code, 127));
  view.setInt32(field(first, 3), code, true);
  return bytes;
}

describe('writeTflite and readTflite', () => {
  for (const type of ['int8', 'uint8'] as const) {
    it(`should give back a network with every operator (${type})`, () => {
      const { network } = everyOperator(type);
      const read = readTflite(writeTflite(network), network.name);
      expect(read).to.deep.equal(network);
    });

    it(`should give back a network that answers the same (${type})`, () => {
      const { builder, network } = everyOperator(type, 7);
      const [before, after] = [network, readTflite(writeTflite(network), 'copy')].map(
        candidate => new GoldenNetwork(candidate),
      );
      const inputs = builder.counts();
      expect(after.run(inputs)).to.deep.equal(before.run(inputs));
    });
  }

  it('should write version 3 with the identifier TFL3 and the same bytes every time', () => {
    const { network } = everyOperator('int8');
    const bytes = writeTflite(network, { description: 'made in a test' });
    expect(new TextDecoder().decode(bytes.subarray(4, 8))).to.equal('TFL3');
    expect(writeTflite(network, { description: 'made in a test' })).to.deep.equal(bytes);
  });

  it('should align every constant to 16 bytes', () => {
    const { network } = everyOperator('int8');
    const bytes = writeTflite(network);
    const weights = network.tensors.filter(({ type, data }) => type === 'int8' && data !== undefined);
    for (const { data } of weights) {
      const content = Buffer.from(data!.buffer as ArrayBuffer, data!.byteOffset, data!.byteLength);
      expect(Buffer.from(bytes).indexOf(content) % 16).to.equal(0);
    }
  });

  it('should write operator versions that int8 kernels ask for', () => {
    const bytes = writeTflite(oneConvolution());
    const view = new DataView(bytes.buffer);
    const follow = (at: number): number => at + view.getUint32(at, true);
    const field = (table: number, id: number): number =>
      table + view.getUint16(table - view.getInt32(table, true) + 4 + 2 * id, true);
    const code = follow(follow(field(follow(0), 1)) + 4);
    expect(view.getInt32(field(code, 2), true)).to.equal(3);
  });

  it('should read the old one-byte operator code of files without the new one', () => {
    const bytes = withOperatorCode(3);
    const view = new DataView(bytes.buffer);
    const follow = (at: number): number => at + view.getUint32(at, true);
    const field = (table: number, id: number): number =>
      table + view.getUint16(table - view.getInt32(table, true) + 4 + 2 * id, true);
    view.setInt32(field(follow(follow(field(follow(0), 1)) + 4), 3), 0, true);
    expect(readTflite(bytes, 'old').operators[0].kind).to.equal('conv2d');
  });
});

describe('readTflite on what it cannot run', () => {
  for (const [code, name] of [
    [1 + 15, 'LSTM'],
    [39, 'TRANSPOSE'],
    [28, 'TANH'],
    [150, 'GELU'],
  ] as const) {
    it(`should name the operator ${name}`, () => {
      const { code: error, message } = thrown(() => readTflite(withOperatorCode(code), 'other.tflite'));
      expect(error).to.equal('LF_MODEL_UNSUPPORTED');
      expect(message).to.include(name).and.to.include('CONV_2D');
    });
  }

  it('should know the names of all operator codes by their number', () => {
    expect(builtinOperatorNames).to.have.length(206);
    expect(builtinOperatorNames.indexOf('PLACEHOLDER_FOR_GREATER_OP_CODES')).to.equal(127);
    expect(builtinOperatorNames.indexOf('STABLEHLO_LOGISTIC')).to.equal(162);
  });

  it('should name an operator code that it has never heard of', () => {
    expect(thrown(() => readTflite(withOperatorCode(999), 'new')).message).to.include('operator number 999');
  });

  it('should refuse weights for another number of channels', () => {
    const network = oneConvolution();
    network.tensors[network.inputs[0]].shape = [1, 4, 2, 1];
    const { code, message } = thrown(() => readTflite(writeTflite(network), 'one'));
    expect(code).to.equal('LF_MODEL_CORRUPT');
    expect(message).to.include('channels');
  });

  it('should refuse a file that is something else', () => {
    const text = new TextEncoder().encode('{"schema": "not a model at all"}');
    expect(thrown(() => readTflite(text, 'x')).code).to.equal('LF_MODEL_CORRUPT');
    expect(thrown(() => readTflite(new Uint8Array(0), 'x')).code).to.equal('LF_MODEL_CORRUPT');
  });
});

describe('readTflite on damaged files', () => {
  const allowed = new Set(['LF_MODEL_CORRUPT', 'LF_MODEL_UNSUPPORTED']);
  /** Reads a damaged file and prepares to run it; a network or one of the two errors, nothing else. */
  const outcome = (bytes: Uint8Array): string => {
    try {
      new GoldenNetwork(readTflite(bytes, 'damaged'));
      return 'network';
    } catch (error) {
      return error instanceof LittlefirstError ? error.code : `raw ${String(error)}`;
    }
  };

  it('should answer every truncation with LF_MODEL_CORRUPT or, without its last bytes, a network', () => {
    const bytes = writeTflite(everyOperator('int8').network);
    const seen = new Set<string>();
    for (let length = 0; length < bytes.length; length++) seen.add(outcome(bytes.slice(0, length)));
    expect([...seen].filter(result => !allowed.has(result))).to.deep.equal([]);
  });

  it('should survive thousands of flipped bytes', () => {
    const sound = writeTflite(everyOperator('int8').network);
    const random = randomSource(2022);
    const bad = new Set<string>();
    const count = { network: 0, error: 0 };
    for (let round = 0; round < 4000; round++) {
      const bytes = sound.slice();
      const flips = 1 + Math.floor(random() * 4);
      for (let flip = 0; flip < flips; flip++) {
        bytes[Math.floor(random() * bytes.length)] = [0, 1, 127, 128, 255, Math.floor(random() * 256)][
          Math.floor(random() * 6)
        ];
      }
      const result = outcome(bytes);
      if (result === 'network') count.network++;
      else if (allowed.has(result)) count.error++;
      else bad.add(result);
    }
    expect([...bad]).to.deep.equal([]);
    expect(count.error).to.be.greaterThan(100);
    expect(count.network).to.be.greaterThan(100);
  });
});
