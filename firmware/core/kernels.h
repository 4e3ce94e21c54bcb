/**
 * Kernels: what executes the steps of a plan. Each image links exactly one table, `lf_kernel_table`:
 * kernels_table_ref.c has the reference kernel alone; a core's own table lists its tuned kernels and the reference
 * kernel too. A step names its kernel by id, and its data is in the layout which the packer's `KernelLayout` of the
 * same id produced (harness/model/pack-kernels.ts).
 *
 * Ids: 0 reference; 16..31 Cortex-M0+, 32..47 Cortex-M3, 48..63 Cortex-M4. So a blob packed for another core names
 * ids this image lacks and is refused when it is opened.
 *
 * What a kernel may rely on: `in`, `out`, `scratch` and `data` are 4-byte aligned; the tensors, the scratch area and
 * the data lie within arena and section (checked when the blob is opened, by lf_net_validate and `accepts`); `in`,
 * `out` and `scratch` do not overlap; reads past the end of `in` or of a row are not allowed.
 * What it must do: exactly TFLite's arithmetic, see kernels_ref.c; no heap, no state between calls.
 */
#ifndef LF_KERNELS_H
#define LF_KERNELS_H

#include "blob.h"

typedef struct {
  uint8_t id;
  /**
   * Whether this kernel can run `step` with these tables: shape supported, step->data_bytes and step->scratch_bytes
   * large enough, and every table value such that no access leaves its bounds. Called once a step at blob opening.
   */
  int (*accepts)(const lf_step *step, const uint8_t *data);
  void (*run)(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);
} lf_kernel;

extern const lf_kernel lf_kernel_table[];
extern const uint32_t lf_kernel_count;

/** The readable kernel of every operator except LF_OP_INPUT; kernels_ref.c. */
int lf_ref_accepts(const lf_step *step, const uint8_t *data);
void lf_ref_run(const lf_step *step, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch);

/** TFLite's MultiplyByQuantizedMultiplier (two roundings): acc * multiplier * 2^(shift - 31). */
int32_t lf_requantise(int32_t acc, int32_t multiplier, int32_t shift);

#endif
