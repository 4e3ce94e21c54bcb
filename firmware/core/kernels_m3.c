/** Sets up lf_m3_taps; table: harness/model/pack/layouts/taps.ts. */
#include "kernels_m3.h"

#include "kernels_packed_job.h"
#include "kernels_rows.h"

enum { TAPS = 3 };

/** What the data begin with. */
typedef struct {
  uint32_t first_part; /* input channels of the first part */
  uint8_t slots[LF_M3_TAPS_SLOTS];
} head;

static uint32_t table_bytes(const lf_step *s) {
  uint32_t weights = (2u * TAPS * s->in_c + 3u) & ~3u;
  return sizeof(head) + lf_even(s->out_c) / 2u * (weights + 2u * PACKED_CONSTANTS * 4u);
}

int lf_m3_taps_accepts(const lf_step *s, const uint8_t *data) {
  uint32_t outputs = LF_PACKED_RUN / 2;
  if (s->op != LF_OP_CONV || lf_rows_pool(s) != 2 || s->kernel_w != TAPS || s->stride_w != 1) return 0;
  if (!lf_packed_is_fast(s) || s->in_w == 0 || s->in_c == 0 || s->out_w == 0 || s->out_c == 0) return 0;
  if (lf_data_bytes(s) != table_bytes(s)) return 0;
  const head *h = (const head *)(const void *)data;
  uint32_t first = h->first_part;
  if (first < 1 || first > LF_M3_TAPS_PART || first > s->in_c || s->in_c - first > LF_M3_TAPS_PART) return 0;
  for (uint32_t c = 0; c < s->in_c; c++)
    if (h->slots[c] >= LF_M3_TAPS_SLOTS) return 0;
  return lf_scratch_bytes(s) >= lf_rows_bytes(s, lf_rows_needed(s, LF_PACKED_RUN)) + lf_rows_beside_bytes(s, outputs);
}

void lf_m3_taps_run(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out, uint8_t *scratch) {
  uint32_t first = ((const head *)(const void *)data)->first_part;
  lf_packed_convolve(s, data + sizeof(head), data + lf_data_bytes(s), first, 0, in, out, scratch,
                     first == s->in_c ? lf_m3_taps_one : lf_m3_taps_two);
}
