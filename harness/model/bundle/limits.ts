/** Numbers that bundle and blob share; the firmware's are in firmware/core/blob_format.h. */

/** Features of a `filtered` strategy. */
export const featureCount = 15;
/** Channels that one input tensor may list; one that takes all channels of the window in order lists none. */
export const maxListedChannels = 16;
/** Windows that one input tensor may be made of. */
export const maxInputWindows = 4;
/** Rows of a window, and values of a row. */
export const maxSamples = 65535;
export const maxChannels = 65535;
/** Bytes of a window. */
export const maxWindowBytes = 1 << 20;
/** Channels that a distance gate can look at. */
export const maxMaskChannels = 32;
/** Most samples of a window of which a gate computes distances or features. */
export const maxGateSamples = 1024;
/** Labels of a bundle, and of a `filtered` strategy. */
export const maxLabels = 256;
export const maxFilteredLabels = 16;
/** Bytes of a label's text. */
export const labelBytes = 24;
