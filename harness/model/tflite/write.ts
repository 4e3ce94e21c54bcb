import { Builder, type Offset } from 'flatbuffers';
import type { Network, Operator, Quantisation, Tensor } from './network.js';
import * as schema from './schema.js';
import { optionsOf, type WrittenOptions } from './write-options.js';

/** TFLite maps buffers in place; 16 bytes is the alignment its own converter gives them. */
const bufferAlignment = 16;

/** TensorType numbers of the types a network can hold. */
const tensorTypeNumber = (type: Tensor['type']): number => schema.tensorTypeNames.indexOf(type);

export interface WriteOptions {
  /** Free text in the file's description field. */
  description?: string;
}

/**
 * Writes a network as a standard TensorFlow Lite file: schema version 3, identifier TFL3, operator versions as TFLite's runtimes want them for the
 * tensors' types, buffers aligned to 16 bytes. The same network always gives the same bytes.
 * Every `reshape` becomes RESHAPE, whatever it was read as.
 */
export function writeTflite(network: Network, options: WriteOptions = {}): Uint8Array {
  return new Writer(network).write(options.description ?? '');
}

interface OperatorCode {
  code: number;
  version: number;
}

class Writer {
  readonly #builder = new Builder(4096);
  readonly #network: Network;
  readonly #codes: OperatorCode[] = [];

  constructor(network: Network) {
    this.#network = network;
  }

  write(description: string): Uint8Array {
    const builder = this.#builder;
    const buffers = this.#buffers();
    const subgraphs = this.#offsets([this.#subgraph()]);
    const codes = this.#offsets(this.#codes.map(code => this.#operatorCode(code)));
    const text = builder.createString(description);
    const { modelFields } = schema;
    builder.startObject(modelFields.count);
    builder.addFieldInt32(modelFields.version, schema.schemaVersion, 0);
    builder.addFieldOffset(modelFields.operatorCodes, codes, 0);
    builder.addFieldOffset(modelFields.subgraphs, subgraphs, 0);
    builder.addFieldOffset(modelFields.description, text, 0);
    builder.addFieldOffset(modelFields.buffers, buffers, 0);
    builder.finish(builder.endObject(), schema.fileIdentifier);
    return builder.asUint8Array().slice();
  }

  /** Buffer 0 is empty by convention and stands for all activations; each constant tensor has one of its own, in tensor order. */
  #buffers(): Offset {
    const empty = this.#buffer(undefined);
    const constants = this.#network.tensors.filter(({ data }) => data !== undefined);
    return this.#offsets([empty, ...constants.map(({ data }) => this.#buffer(data))]);
  }

  #bufferIndex(tensor: Tensor): number {
    if (tensor.data === undefined) return 0;
    return 1 + this.#network.tensors.filter(({ data }) => data !== undefined).indexOf(tensor);
  }

  #buffer(data: Tensor['data']): Offset {
    const builder = this.#builder;
    let content: Offset | undefined;
    if (data !== undefined) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      builder.startVector(1, bytes.length, bufferAlignment);
      for (let i = bytes.length - 1; i >= 0; i--) builder.addInt8(bytes[i]);
      content = builder.endVector();
    }
    builder.startObject(schema.bufferFields.count);
    if (content !== undefined) builder.addFieldOffset(schema.bufferFields.data, content, 0);
    return builder.endObject();
  }

  #subgraph(): Offset {
    const builder = this.#builder;
    const { tensors, operators, inputs, outputs, name } = this.#network;
    const { subgraphFields } = schema;
    const tensorList = this.#offsets(tensors.map(tensor => this.#tensor(tensor)));
    const operatorList = this.#offsets(operators.map(operator => this.#operator(operator)));
    const inputList = this.#int32s(inputs);
    const outputList = this.#int32s(outputs);
    const text = builder.createString(name);
    builder.startObject(subgraphFields.count);
    builder.addFieldOffset(subgraphFields.tensors, tensorList, 0);
    builder.addFieldOffset(subgraphFields.inputs, inputList, 0);
    builder.addFieldOffset(subgraphFields.outputs, outputList, 0);
    builder.addFieldOffset(subgraphFields.operators, operatorList, 0);
    builder.addFieldOffset(subgraphFields.name, text, 0);
    return builder.endObject();
  }

  #tensor(tensor: Tensor): Offset {
    const builder = this.#builder;
    const { tensorFields } = schema;
    const text = builder.createString(tensor.name);
    const shape = this.#int32s(tensor.shape);
    const quantisation = tensor.quantisation && this.#quantisation(tensor.quantisation);
    builder.startObject(tensorFields.count);
    builder.addFieldOffset(tensorFields.shape, shape, 0);
    builder.addFieldInt8(tensorFields.type, tensorTypeNumber(tensor.type), 0);
    builder.addFieldInt32(tensorFields.buffer, this.#bufferIndex(tensor), 0);
    builder.addFieldOffset(tensorFields.name, text, 0);
    if (quantisation !== undefined) builder.addFieldOffset(tensorFields.quantisation, quantisation, 0);
    return builder.endObject();
  }

  #quantisation({ scales, zeroPoints, axis }: Quantisation): Offset {
    const builder = this.#builder;
    const { quantisationFields } = schema;
    const scaleList = this.#vector(4, scales, scale => builder.addFloat32(scale));
    const zeroPointList = this.#vector(8, zeroPoints, zeroPoint => builder.addInt64(BigInt(zeroPoint)));
    builder.startObject(quantisationFields.count);
    builder.addFieldOffset(quantisationFields.scale, scaleList, 0);
    builder.addFieldOffset(quantisationFields.zeroPoint, zeroPointList, 0);
    builder.addFieldInt32(quantisationFields.quantisedDimension, axis, 0);
    return builder.endObject();
  }

  #operator(operator: Operator): Offset {
    const builder = this.#builder;
    const { operatorFields } = schema;
    const written = optionsOf(this.#network, operator);
    const inputs = this.#int32s(written.inputs);
    const outputs = this.#int32s(operator.outputs);
    const options = this.#options(written);
    builder.startObject(operatorFields.count);
    builder.addFieldInt32(operatorFields.opcodeIndex, this.#codeIndex(written), 0);
    builder.addFieldOffset(operatorFields.inputs, inputs, 0);
    builder.addFieldOffset(operatorFields.outputs, outputs, 0);
    builder.addFieldInt8(operatorFields.optionsType, schema.optionsTypes[written.optionsType], 0);
    if (written.optionsType !== 'none') builder.addFieldOffset(operatorFields.options, options, 0);
    return builder.endObject();
  }

  #options({ fields, fieldCount }: WrittenOptions): Offset {
    const builder = this.#builder;
    const prepared = fields.map(field => ({
      ...field,
      offset: field.type === 'int32s' ? this.#int32s(field.value) : 0,
    }));
    builder.startObject(fieldCount);
    for (const field of prepared) {
      switch (field.type) {
        case 'int8':
          builder.addFieldInt8(field.id, field.value, 0);
          break;
        case 'int32':
          builder.addFieldInt32(field.id, field.value, 0);
          break;
        case 'float32':
          builder.addFieldFloat32(field.id, field.value, 0);
          break;
        case 'int32s':
          builder.addFieldOffset(field.id, field.offset, 0);
      }
    }
    return builder.endObject();
  }

  #codeIndex({ operatorName, version }: WrittenOptions): number {
    const code = schema.builtinCodeOf(operatorName);
    const known = this.#codes.findIndex(entry => entry.code === code && entry.version === version);
    return known >= 0 ? known : this.#codes.push({ code, version }) - 1;
  }

  #operatorCode({ code, version }: OperatorCode): Offset {
    const builder = this.#builder;
    const { operatorCodeFields } = schema;
    builder.startObject(operatorCodeFields.count);
    const deprecated = Math.min(code, schema.placeholderForGreaterOpCodes);
    builder.addFieldInt8(operatorCodeFields.deprecatedBuiltinCode, deprecated, 0);
    builder.addFieldInt32(operatorCodeFields.version, version, 1);
    builder.addFieldInt32(operatorCodeFields.builtinCode, code, 0);
    return builder.endObject();
  }

  #offsets(offsets: readonly Offset[]): Offset {
    return this.#vector(4, offsets, offset => this.#builder.addOffset(offset));
  }

  #int32s(values: readonly number[]): Offset {
    return this.#vector(4, values, value => this.#builder.addInt32(value));
  }

  #vector<T>(elementBytes: number, values: readonly T[], add: (value: T) => void): Offset {
    this.#builder.startVector(elementBytes, values.length, elementBytes);
    for (let i = values.length - 1; i >= 0; i--) add(values[i]);
    return this.#builder.endVector();
  }
}
