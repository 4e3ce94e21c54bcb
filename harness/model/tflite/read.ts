import { LittlefirstError } from '../../errors.js';
import { FlatFile, type FlatTable } from './flat-table.js';
import { type FileNetwork, type FileOperator, takeOffFloatEdges } from './float-edges.js';
import type { Network, Quantisation, Tensor, TensorType } from './network.js';
import { checkNetwork } from './network-check.js';
import { unsupported } from './network-errors.js';
import { optionless, optionReaders } from './read-options.js';
import * as schema from './schema.js';

/** Bounds far above any network of a microcontroller; they keep a damaged file from costing time or memory. */
const limits = { tensors: 4096, operators: 4096, rank: 8, channels: 65536, elements: 1 << 24 } as const;

const readableTypes: Partial<Record<string, TensorType>> = {
  float32: 'float32',
  int32: 'int32',
  uint8: 'uint8',
  int8: 'int8',
  int16: 'int16',
  int64: 'int64',
  bool: 'bool',
};

/**
 * Reads a TensorFlow Lite file.
 *
 * Operators: those of `optionReaders`, with no fused activation, RELU or RELU6; quantisation per tensor or per channel; one subgraph, batch 1.
 * QUANTIZE from float32 inputs and DEQUANTIZE to float32 outputs are taken off: the network then begins and ends with counts.
 * Constant tensors are views of `bytes` where their type allows.
 *
 * @param bytes the whole file
 * @param name what the network and its error messages are called
 * @throws LF_MODEL_UNSUPPORTED naming the operator, type or feature; LF_MODEL_CORRUPT for anything that is not a sound file
 */
export function readTflite(bytes: Uint8Array, name: string): Network {
  refusePointer(bytes, name);
  const file = new FlatFile(bytes, name);
  const model = file.root(schema.fileIdentifier);
  const version = model.uint32(schema.modelFields.version);
  if (version !== schema.schemaVersion) {
    throw unsupported(name, `schema version ${version}`, `version ${schema.schemaVersion}`);
  }
  const subgraphs = model.tables(schema.modelFields.subgraphs, limits.operators);
  if (subgraphs.length === 0) throw file.corrupt('it holds no network');
  if (subgraphs.length > 1) throw unsupported(name, `${subgraphs.length} subgraphs`, 'one subgraph');
  const [subgraph] = subgraphs;
  const { subgraphFields } = schema;

  const opcodes = model
    .tables(schema.modelFields.operatorCodes, limits.operators)
    .map(code => operatorName(code));
  const operatorTables = subgraph.tables(subgraphFields.operators, limits.operators);
  rejectUnknownOperators(name, file, operatorTables, opcodes);

  const constants = new ConstantReader(
    file,
    model
      .tables(schema.modelFields.buffers, limits.tensors)
      .map(buffer => buffer.bytes(schema.bufferFields.data)),
  );
  const tensors = subgraph
    .tables(subgraphFields.tensors, limits.tensors)
    .map(table => readTensor(name, table, constants));
  const whole: FileNetwork = {
    name,
    tensors,
    operators: operatorTables.map(table => readOperator(name, file, table, opcodes)),
    inputs: subgraph.int32s(subgraphFields.inputs, limits.tensors),
    outputs: subgraph.int32s(subgraphFields.outputs, limits.tensors),
  };
  const network = takeOffFloatEdges(whole);
  checkNetwork(network);
  return network;
}

/** First bytes of what Git leaves in place of a large file that was not fetched. */
const pointerStart = 'version https://git-lfs.github.com/spec/';

function refusePointer(bytes: Uint8Array, name: string): void {
  if (new TextDecoder().decode(bytes.subarray(0, pointerStart.length)) !== pointerStart) return;
  throw new LittlefirstError('LF_MODEL_CORRUPT', `${name} is a pointer of Git LFS, not the file itself`, {
    expected: 'a .tflite file',
    received: `${bytes.length} bytes of text that name one`,
    hint: 'fetch it: git lfs pull',
  });
}

/** Newer files carry codes over 127 in builtin_code only; older ones have deprecated_builtin_code only; the larger one counts. */
function operatorName(code: FlatTable): string {
  const { operatorCodeFields } = schema;
  const number = Math.max(
    code.int8(operatorCodeFields.deprecatedBuiltinCode),
    code.int32(operatorCodeFields.builtinCode),
  );
  const known = schema.builtinOperatorNames[number];
  if (known === 'CUSTOM') return `CUSTOM (${code.string(operatorCodeFields.customCode)})`;
  return known ?? `operator number ${number}`;
}

function rejectUnknownOperators(
  name: string,
  file: FlatFile,
  operators: readonly FlatTable[],
  opcodes: readonly string[],
): void {
  const unknown = new Set<string>();
  for (const operator of operators) {
    const opcode = opcodeOf(file, operator, opcodes);
    if (!Object.hasOwn(optionReaders, opcode)) unknown.add(opcode);
  }
  if (unknown.size > 0) {
    throw unsupported(name, [...unknown].join(', '), `operators ${Object.keys(optionReaders).join(', ')}`);
  }
}

function opcodeOf(file: FlatFile, operator: FlatTable, opcodes: readonly string[]): string {
  const index = operator.uint32(schema.operatorFields.opcodeIndex);
  const opcode = opcodes[index];
  if (opcode === undefined) throw file.corrupt('an operator refers to no operator code', String(index));
  return opcode;
}

type Data = NonNullable<Tensor['data']>;

/** Decodes constant buffers, each at most once a type, so that tensors sharing a buffer share its memory. */
class ConstantReader {
  readonly #cache = new Map<string, Data>();
  constructor(
    readonly file: FlatFile,
    readonly buffers: readonly Uint8Array[],
  ) {}

  read(index: number, type: TensorType): Data | undefined {
    const bytes = this.buffers[index];
    if (bytes === undefined) throw this.file.corrupt('a tensor refers to no buffer', String(index));
    if (bytes.length === 0) return undefined;
    const key = `${index}:${type}`;
    const known = this.#cache.get(key) ?? decode(bytes, type);
    this.#cache.set(key, known);
    return known;
  }
}

/** TFLite files are little-endian, as is every machine that Node 20 runs on except s390x. */
function decode(bytes: Uint8Array, type: TensorType): Data {
  const aligned = (): ArrayBuffer => Uint8Array.from(bytes).buffer;
  switch (type) {
    case 'uint8':
    case 'bool':
      return bytes;
    case 'int8':
      return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    case 'int16':
      return new Int16Array(aligned(), 0, bytes.length >> 1);
    case 'int32':
      return new Int32Array(aligned(), 0, bytes.length >> 2);
    case 'float32':
      return new Float32Array(aligned(), 0, bytes.length >> 2);
    case 'int64':
      return new BigInt64Array(aligned(), 0, bytes.length >> 3);
  }
}

function readTensor(name: string, table: FlatTable, constants: ConstantReader): Tensor {
  const { tensorFields } = schema;
  const { file } = constants;
  const label = table.string(tensorFields.name);
  const typeNumber = table.int8(tensorFields.type);
  const typeName = schema.tensorTypeNames[typeNumber] ?? `number ${typeNumber}`;
  const type = readableTypes[typeName];
  if (type === undefined) {
    throw unsupported(name, `tensor "${label}" of type ${typeName}`, 'int8 or uint8 tensors');
  }
  if (table.has(tensorFields.sparsity)) throw unsupported(name, `sparse tensor "${label}"`, 'dense tensors');
  const shape = table.int32s(tensorFields.shape, limits.rank);
  const elements = shape.reduce((product, size) => product * size, 1);
  if (shape.some(size => size < 1) || elements > limits.elements) {
    throw file.corrupt(`tensor "${label}" has an impossible shape`, `[${shape.join(', ')}]`);
  }
  const data = constants.read(table.uint32(tensorFields.buffer), type);
  if (data !== undefined && data.length !== elements) {
    throw file.corrupt(
      `tensor "${label}" of shape [${shape.join(', ')}] has ${data.length} values`,
      `${elements} expected`,
    );
  }
  const quantisation = readQuantisation(name, label, table.table(tensorFields.quantisation));
  return {
    name: label,
    shape,
    type,
    ...(quantisation === undefined ? {} : { quantisation }),
    ...(data === undefined ? {} : { data }),
  };
}

function readQuantisation(
  name: string,
  tensor: string,
  table: FlatTable | undefined,
): Quantisation | undefined {
  if (table === undefined) return undefined;
  const { quantisationFields } = schema;
  if (table.uint8(quantisationFields.detailsType) !== 0) {
    throw unsupported(name, `custom quantisation of tensor "${tensor}"`, 'scales and zero points');
  }
  const scales = table.float32s(quantisationFields.scale, limits.channels);
  if (scales.length === 0) return undefined;
  const zeroPoints = table.int64s(quantisationFields.zeroPoint, limits.channels);
  const filled = zeroPoints.length === 0 ? scales.map(() => 0) : zeroPoints;
  if (filled.length !== scales.length) {
    throw table.file.corrupt(
      `tensor "${tensor}" has ${scales.length} scales`,
      `${filled.length} zero points`,
    );
  }
  return { scales, zeroPoints: filled, axis: table.int32(quantisationFields.quantisedDimension) };
}

function readOperator(
  name: string,
  file: FlatFile,
  table: FlatTable,
  opcodes: readonly string[],
): FileOperator {
  const { operatorFields } = schema;
  const opcode = opcodeOf(file, table, opcodes);
  const read = optionReaders[opcode];
  const options = table.table(operatorFields.options);
  if (options === undefined && !optionless.has(opcode)) throw file.corrupt(`${opcode} has no options`);
  return {
    ...read(name, options ?? table),
    inputs: table.int32s(operatorFields.inputs, limits.tensors),
    outputs: table.int32s(operatorFields.outputs, limits.tensors),
  } as FileOperator;
}
