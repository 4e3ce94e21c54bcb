/** The neural network engine: runs the plan of a network section, step by step, on whatever kernels the image has. */
#ifndef LF_NN_H
#define LF_NN_H

#include "blob_format.h"

/** A network of an opened blob: pointers into flash. */
typedef struct {
  const uint8_t *base; /* start of the section; offsets count from here */
  const lf_network *header;
  const lf_input *inputs;
  const lf_step *steps;
  const lf_window *window;
} lf_net;

/** The format of features as a window: one sample of LF_FEATURES int16 channels. */
extern const lf_window lf_features_format;

/** @return LF_OK or LF_NET_INDEX */
int lf_net_open(const lf_blob *blob, uint32_t index, lf_net *out);

/**
 * One inference.
 * @param window the current window as the blob's WINDOW section describes it, or the features for a network that takes
 *   these; int16 2-byte aligned
 * @param previous the window before it, or 0 (an error if the network uses it)
 * @param arena 4-byte aligned, at least `max_arena_bytes` of the blob; contents are lost
 * @param scores set to header->output_count int8 scores (those of a uint8 network lowered by 128), which lie in the arena
 * @return LF_OK or LF_NET_PREVIOUS
 */
int lf_net_run(const lf_net *net, const void *window, const void *previous, uint8_t *arena, const int8_t **scores);

/** Index of the largest score; the first one among equals. */
uint32_t lf_argmax(const int8_t *scores, uint32_t count);

/** Checks one network section of `length` bytes at `base` (4-byte aligned); used by lf_blob_open. */
int lf_net_validate(const uint8_t *base, uint32_t length, const lf_window *window);

#endif
