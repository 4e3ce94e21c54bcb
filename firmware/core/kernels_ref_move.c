/** Steps that only move values: copies (also through a table of 256), padding, nearest neighbours. */
#include "kernels.h"
#include "mem.h"

static void copy(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out) {
  const int8_t *table = (const int8_t *)data + 128;
  for (uint32_t row = 0; row < s->in_h; row++, in += s->in_c, out += s->out_c) {
    if (lf_data_bytes(s) == 0)
      memmove(out, in, s->in_c);
    else
      for (uint32_t i = 0; i < s->in_c; i++) out[i] = table[in[i]];
  }
}

static void pad(const lf_step *s, const int8_t *in, int8_t *out) {
  uint32_t row = (uint32_t)s->in_w * s->in_c;
  memset(out, s->out_zero, (uint32_t)s->out_h * s->out_w * s->out_c);
  out += ((uint32_t)s->pad_top * s->out_w + s->pad_left) * s->out_c;
  for (uint32_t y = 0; y < s->in_h; y++, in += row, out += (uint32_t)s->out_w * s->out_c) memcpy(out, in, row);
}

static void resize(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out) {
  const int32_t *rows = (const int32_t *)(const void *)data, *columns = rows + s->out_h;
  for (uint32_t y = 0; y < s->out_h; y++)
    for (uint32_t x = 0; x < s->out_w; x++, out += s->in_c)
      memcpy(out, in + ((uint32_t)rows[y] * s->in_w + (uint32_t)columns[x]) * s->in_c, s->in_c);
}

void lf_ref_move(const lf_step *s, const uint8_t *data, const int8_t *in, int8_t *out) {
  if (s->op == LF_OP_PAD)
    pad(s, in, out);
  else if (s->op == LF_OP_RESIZE)
    resize(s, data, in, out);
  else
    copy(s, data, in, out);
}
