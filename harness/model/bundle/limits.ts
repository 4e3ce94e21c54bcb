/** Numbers that bundle and blob share; the firmware's are in firmware/core/blob_format.h. */

/** Features of a `filtered` strategy. */
export const featureCount = 15;
/** Channels of a window, and of one input tensor. */
export const maxWindowChannels = 16;
/** Windows that one input tensor may be made of. */
export const maxInputWindows = 4;
