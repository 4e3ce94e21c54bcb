#include "kernels_rows.h"

#include "mem.h"

uint32_t lf_rows_pool(const lf_step *s) {
  if (s->in_h != 1 || s->out_h != 1 || s->kernel_h != 1 || s->pad_top != 0 || s->pool_h != 1) return 0;
  if (s->pool_pad_top != 0 || s->pool_pad_left != 0 || s->pool_w > 2 || s->pool_w != s->pool_stride_w) return 0;
  return s->pool_w;
}

static int in_place(const lf_step *s, uint32_t rows) {
  return s->pad_left == 0 && rows <= s->in_w && s->in_c % 4u == 0;
}

static uint32_t lead_bytes(const lf_step *s) { return ((uint32_t)s->pad_left * s->in_c + 3u) & ~3u; }

/** Bytes after the padding on the left. */
static uint32_t body_bytes(const lf_step *s, uint32_t rows) {
  uint32_t wanted = rows > s->pad_left ? (rows - s->pad_left) * s->in_c : 0, present = (uint32_t)s->in_w * s->in_c;
  return wanted > present ? wanted : present;
}

uint32_t lf_rows_bytes(const lf_step *s, uint32_t rows) {
  if (in_place(s, rows)) return 0;
  return lead_bytes(s) + ((body_bytes(s, rows) + 3u) & ~3u) + 4u;
}

static uint32_t *fill(uint32_t *to, uint32_t value, uint32_t bytes) {
  for (; bytes >= 4; bytes -= 4) *to++ = value;
  return to;
}

/** Copies words, 32 bytes at a time as far as possible; `bytes` is rounded down to words. */
static void copy_words(uint32_t *to, const uint32_t *from, uint32_t bytes) {
  for (; bytes >= 32; bytes -= 32) {
    __asm volatile(
        "ldmia %0!, {r4-r7}\n\t"
        "stmia %1!, {r4-r7}\n\t"
        "ldmia %0!, {r4-r7}\n\t"
        "stmia %1!, {r4-r7}"
        : "+l"(from), "+l"(to)
        :
        : "r4", "r5", "r6", "r7", "memory");
  }
  for (; bytes >= 4; bytes -= 4) *to++ = *from++;
}

const int8_t *lf_rows_pad(const lf_step *s, uint32_t rows, const int8_t *in, uint8_t *scratch) {
  if (in_place(s, rows)) return in;
  uint32_t lead = lead_bytes(s), present = (uint32_t)s->in_w * s->in_c, whole = present & ~3u;
  uint32_t zero = (uint8_t)s->in_zero * 0x01010101u, body = (body_bytes(s, rows) + 3u) & ~3u;
  uint32_t *to = fill((uint32_t *)(void *)scratch, zero, lead);
  fill(to + whole / 4u, zero, body - whole + 4u);
  copy_words(to, (const uint32_t *)(const void *)in, whole);
  memcpy((uint8_t *)to + whole, in + whole, present - whole);
  return (const int8_t *)scratch + lead - (uint32_t)s->pad_left * s->in_c;
}

uint32_t lf_rows_needed(const lf_step *s, uint32_t run) {
  uint32_t positions = (uint32_t)s->out_w * s->pool_w;
  if (positions < run) positions = run;
  return (positions - 1u) * s->stride_w + s->kernel_w;
}

int lf_rows_beside(const lf_step *s, uint32_t run_outputs) { return s->out_c % 2u != 0 || s->out_w < run_outputs; }

uint32_t lf_rows_beside_bytes(const lf_step *s, uint32_t run_outputs) {
  if (!lf_rows_beside(s, run_outputs)) return 0;
  uint32_t rows = s->out_w < run_outputs ? run_outputs : s->out_w;
  return (rows * lf_even(s->out_c) + 3u) & ~3u;
}

void lf_rows_pack(int8_t *to, const int8_t *from, uint32_t pitch, uint32_t bytes, uint32_t count) {
  for (; count > 0; count--, to += bytes, from += pitch) memcpy(to, from, bytes);
}
