/** In-memory form of a network, as read from a .tflite file. Tensor layouts are TFLite's (NHWC; conv weights OHWI). */

export type TensorType = 'float32' | 'int32' | 'uint8' | 'int8' | 'int16' | 'int64' | 'bool';

export interface Quantisation {
  /** One scale per tensor, or one per slice along `axis`. */
  scales: number[];
  zeroPoints: number[];
  axis: number;
}

export interface Tensor {
  name: string;
  shape: number[];
  type: TensorType;
  quantisation?: Quantisation;
  /** Constant content (weights, biases, shape tensors); absent for activations. */
  data?: Float32Array | Int32Array | Uint8Array | Int8Array | Int16Array | BigInt64Array;
}

export type Activation = 'none' | 'relu' | 'relu6';
export type Padding = 'same' | 'valid';

interface OperatorBase {
  /** Tensor indices; -1 marks an absent optional input. */
  inputs: number[];
  outputs: number[];
}

export interface Conv2D extends OperatorBase {
  kind: 'conv2d';
  padding: Padding;
  strideH: number;
  strideW: number;
  dilationH: number;
  dilationW: number;
  activation: Activation;
}
export interface DepthwiseConv2D extends OperatorBase {
  kind: 'depthwise-conv2d';
  padding: Padding;
  strideH: number;
  strideW: number;
  dilationH: number;
  dilationW: number;
  depthMultiplier: number;
  activation: Activation;
}
export interface Pool2D extends OperatorBase {
  kind: 'max-pool2d' | 'average-pool2d';
  padding: Padding;
  strideH: number;
  strideW: number;
  filterH: number;
  filterW: number;
  activation: Activation;
}
/** MEAN and REDUCE_MAX; the axes are the constant second input. */
export interface Reduce extends OperatorBase {
  kind: 'mean' | 'reduce-max';
  keepDims: boolean;
}
/** RESHAPE, EXPAND_DIMS, SQUEEZE: no arithmetic, the shape of the output tensor says it all. */
export interface Reshape extends OperatorBase {
  kind: 'reshape';
}
export interface Concatenation extends OperatorBase {
  kind: 'concatenation';
  axis: number;
  activation: Activation;
}
export interface FullyConnected extends OperatorBase {
  kind: 'fully-connected';
  activation: Activation;
  keepNumDims: boolean;
}
export interface Softmax extends OperatorBase {
  kind: 'softmax';
  beta: number;
}
/** ADD, SUB and MUL of two tensors of one shape. */
export interface Elementwise extends OperatorBase {
  kind: 'add' | 'sub' | 'mul';
  activation: Activation;
}
/** PAD with the input's zero point; the numbers of elements before and behind each axis are the constant second input. */
export interface Pad extends OperatorBase {
  kind: 'pad';
}
/** What makes each value of its own input value alone: LOGISTIC, and QUANTIZE from one 8-bit format to another. */
export interface Unary extends OperatorBase {
  kind: 'logistic' | 'quantize';
}
/** RESIZE_NEAREST_NEIGHBOR; the new height and width are the constant second input. */
export interface ResizeNearest extends OperatorBase {
  kind: 'resize-nearest';
  alignCorners: boolean;
  halfPixelCenters: boolean;
}
export type Operator =
  | Elementwise
  | Pad
  | Unary
  | ResizeNearest
  | Conv2D
  | DepthwiseConv2D
  | Pool2D
  | Reduce
  | Reshape
  | Concatenation
  | FullyConnected
  | Softmax;

export interface Network {
  name: string;
  tensors: Tensor[];
  operators: Operator[];
  /** Tensor indices of the network's inputs, in the file's order, and of its outputs. */
  inputs: number[];
  outputs: number[];
}
