#include "nn.h"

#include "kernels.h"
#include "mem.h"

const lf_window lf_features_format = {.samples = 1,
                                      .channels = LF_FEATURES,
                                      .stride = 1,
                                      .dtype = LF_DTYPE_INT16,
                                      .bytes = 2 * LF_FEATURES,
                                      .sample_rate_milli_hertz = 1000};

/** What a network's inputs are channels of. */
static const lf_window *format_of(const lf_network *net, const lf_window *window) {
  return net->feed == LF_FEED_FEATURES ? &lf_features_format : window;
}

int lf_net_open(const lf_blob *blob, uint32_t index, lf_net *out) {
  if (index >= blob->network_count) return LF_NET_INDEX;
  out->base = (const uint8_t *)blob->header + blob->networks[index].offset;
  out->header = (const lf_network *)(const void *)out->base;
  out->inputs = (const lf_input *)(const void *)(out->base + out->header->inputs_offset);
  out->steps = (const lf_step *)(const void *)(out->base + out->header->steps_offset);
  out->window = format_of(out->header, blob->window);
  return LF_OK;
}

/** Channel `c` of every sample to `out`, `stride` apart; `flip` as in the input mode of that name. */
static void take_bytes(const lf_window *format, const uint8_t *window, uint32_t c, uint8_t flip, int8_t *out,
                       uint32_t stride) {
  const uint8_t *from = window + c;
  for (uint32_t s = format->samples; s > 0; s--, from += format->channels, out += stride) *out = (int8_t)(*from ^ flip);
}

/** Three adjacent channels of every sample, side by side: what nets on a triaxial sensor read. Unrolled by hand. */
static void take_triples(const lf_window *format, const uint8_t *from, uint8_t *out) {
  uint32_t apart = format->channels, samples = format->samples;
  for (; samples >= 4; samples -= 4, from += 4 * apart, out += 12) {
    const uint8_t *second = from + apart, *third = from + 2 * apart, *fourth = from + 3 * apart;
    uint8_t a = from[0], b = from[1], c = from[2], d = second[0], e = second[1], f = second[2];
    out[0] = a, out[1] = b, out[2] = c, out[3] = d, out[4] = e, out[5] = f;
    a = third[0], b = third[1], c = third[2], d = fourth[0], e = fourth[1], f = fourth[2];
    out[6] = a, out[7] = b, out[8] = c, out[9] = d, out[10] = e, out[11] = f;
  }
  for (; samples > 0; samples--, from += apart, out += 3) memcpy(out, from, 3);
}

static inline int8_t map(int32_t value, int32_t multiplier, int32_t bias, uint32_t shift) {
  int32_t mapped = (int32_t)((uint32_t)(value * multiplier) + (uint32_t)bias) >> shift;
#ifdef __ARM_FEATURE_SAT
  __asm("ssat %0, #8, %1" : "=r"(mapped) : "r"(mapped));
  return (int8_t)mapped;
#else
  return (int8_t)(mapped == (int8_t)mapped ? mapped : mapped < 0 ? -128 : 127);
#endif
}

/** Eight values at a time: those of a row's distance from each other, in and out, where both are known when this is compiled. */
static inline void map_eights(const int16_t *from, uint32_t samples, uint32_t channels, const lf_affine *affine, int8_t *out,
                              uint32_t stride) {
  const int32_t multiplier = affine->multiplier, bias = affine->bias;
  const uint32_t shift = affine->shift;
  for (; samples >= 8; samples -= 8) {
    int32_t a = from[0], b = from[channels], c = from[2 * channels], d = from[3 * channels];
    out[0] = map(a, multiplier, bias, shift);
    out[stride] = map(b, multiplier, bias, shift);
    out[2 * stride] = map(c, multiplier, bias, shift);
    out[3 * stride] = map(d, multiplier, bias, shift);
    from += 4 * channels, out += 4 * stride;
    a = from[0], b = from[channels], c = from[2 * channels], d = from[3 * channels];
    out[0] = map(a, multiplier, bias, shift);
    out[stride] = map(b, multiplier, bias, shift);
    out[2 * stride] = map(c, multiplier, bias, shift);
    out[3 * stride] = map(d, multiplier, bias, shift);
    from += 4 * channels, out += 4 * stride;
  }
  for (; samples > 0; samples--, from += channels, out += stride) *out = map(*from, multiplier, bias, shift);
}

/** A channel of int16 values; all six of a wearable's are the commonest case. */
__attribute__((noinline)) static void map_words(const int16_t *from, uint32_t samples, uint32_t channels, const lf_affine *affine, int8_t *out,
                      uint32_t stride) {
  if (channels == 6 && stride == 6)
    map_eights(from, samples, 6, affine, out, 6);
  else
    map_eights(from, samples, channels, affine, out, stride);
}

/** One row of int16 values, as features are. */
__attribute__((noinline)) static void map_row(const int16_t *row, const uint8_t *list, uint32_t count, const lf_affine *table, int8_t *out,
                    uint32_t stride) {
  for (uint32_t c = 0; c < count; c++, table++, out += stride)
    *out = map(row[list != 0 ? list[c] : c], table->multiplier, table->bias, table->shift);
}

/** As take_bytes, through the channel's affine map; for windows of any type. */
static void take_mapped(const lf_window *format, const void *window, uint32_t c, const lf_affine *affine, int8_t *out,
                        uint32_t stride) {
  const uint32_t channels = format->channels, shift = affine->shift;
  const int32_t multiplier = affine->multiplier, bias = affine->bias;
  const uint8_t *bytes = (const uint8_t *)window + c;
  uint32_t samples = format->samples;
  if (format->dtype == LF_DTYPE_INT16) {
    map_words((const int16_t *)window + c, samples, channels, affine, out, stride);
    return;
  }
  const int32_t sign = format->dtype == LF_DTYPE_INT8 ? 0x80 : 0;
  for (; samples > 0; samples--, bytes += channels, out += stride)
    *out = map((*bytes ^ sign) - sign, multiplier, bias, shift);
}

/** Channels that an input takes: those it lists, or all of the window. */
static uint32_t channels_of(const lf_window *format, const lf_input *input) {
  return input->channel_count != 0 ? input->channel_count : format->channels;
}

/** The listed channels of one window to `out`, `stride` apart. */
static void gather(const lf_net *net, const lf_input *input, const void *window, int8_t *out, uint32_t stride) {
  const lf_window *format = net->window;
  const uint8_t *list = input->channel_count != 0 ? input->channels : 0;
  uint32_t count = channels_of(net->window, input), apart = stride * count;
  if (input->mode == LF_INPUT_AFFINE) {
    const lf_affine *table = (const lf_affine *)(const void *)(net->base + input->table);
    if (format->samples == 1 && format->dtype == LF_DTYPE_INT16) {
      map_row(window, list, count, table, out, stride);
      return;
    }
    for (uint32_t c = 0; c < count; c++) take_mapped(format, window, list != 0 ? list[c] : c, table + c, out + c * stride, apart);
    return;
  }
  uint8_t flip = format->dtype == LF_DTYPE_UINT8 ? 0x80u : 0u;
  uint32_t first = list != 0 ? list[0] : 0;
  int adjacent = stride == 1;
  for (uint32_t c = 1; list != 0 && c < count; c++) adjacent &= list[c] == first + c;
  if (flip == 0 && adjacent && count == format->channels)
    memcpy(out, window, format->bytes);
  else if (flip == 0 && adjacent && count == 3)
    take_triples(format, (const uint8_t *)window + first, (uint8_t *)out);
  else
    for (uint32_t c = 0; c < count; c++)
      take_bytes(format, window, list != 0 ? list[c] : c, flip, out + c * stride, apart);
}

__attribute__((noinline)) static void fill_input(const lf_net *net, const lf_input *input, const void *window, const void *previous,
                       int8_t *out) {
  int paired = input->layout == LF_INPUT_PAIRED;
  uint32_t next = paired ? 1u : (uint32_t)net->window->samples * channels_of(net->window, input);
  for (uint32_t w = 0; w < input->window_count; w++, out += next)
    gather(net, input, input->windows[w] != 0 ? previous : window, out, paired ? input->window_count : 1u);
}

/** Steps of two inputs, for which there is one kernel on every core. */
static int takes_two(const lf_step *step) { return step->op == LF_OP_SUM || step->op == LF_OP_PRODUCT; }

/**
 * The kernel that a validated step names: the reference kernel comes first in the table, the others in the order of their ids,
 * without gaps.
 */
static const lf_kernel *kernel_of(uint32_t id) {
  return id == 0 ? lf_kernel_table : lf_kernel_table + 1 + (id - lf_kernel_table[1].id);
}

int lf_net_run(const lf_net *net, const void *window, const void *previous, uint8_t *arena, const int8_t **scores) {
  if (net->header->feed == LF_FEED_PREVIOUS && previous == 0) return LF_NET_PREVIOUS;
  for (uint32_t i = 0; i < net->header->step_count; i++) {
    const lf_step *step = net->steps + i;
    int8_t *to = (int8_t *)arena + 4u * step->out_word + step->out_byte;
    if (step->op == LF_OP_INPUT)
      fill_input(net, net->inputs + step->in_word, window, previous, to);
    else if (takes_two(step))
      lf_ref_run_two(step, net->base + 4u * step->data_word, (const int8_t *)arena + 4u * step->in_word,
                     (const int8_t *)arena + 4u * step->in2_word, to);
    else
      kernel_of(step->kernel)
          ->run(step, net->base + 4u * step->data_word, (const int8_t *)arena + 4u * step->in_word, to,
                arena + 4u * step->scratch_word);
  }
  *scores = (const int8_t *)arena + net->header->output;
  return LF_OK;
}

uint32_t lf_argmax(const int8_t *scores, uint32_t count) {
  uint32_t best = 0;
  for (uint32_t i = 1; i < count; i++)
    if (scores[i] > scores[best]) best = i;
  return best;
}

static const lf_kernel *find_kernel(uint32_t id) {
  for (uint32_t i = 0; i < lf_kernel_count; i++)
    if (lf_kernel_table[i].id == id) return kernel_of(id) == lf_kernel_table + i ? lf_kernel_table + i : 0;
  return 0;
}

/** `bytes` from `offset`, 4-byte aligned, lie within `limit`. */
static int within(uint32_t offset, uint64_t bytes, uint32_t limit) {
  return offset % 4 == 0 && offset <= limit && bytes <= limit - offset;
}

static uint64_t volume(uint32_t h, uint32_t w, uint32_t c) { return (uint64_t)(h * w) * c; } /* 16 bits each */

static int check_input(const lf_network *net, const uint8_t *base, uint32_t length, const lf_window *format,
                       const lf_input *input) {
  if (input->window_count < 1 || input->window_count > LF_MAX_INPUT_WINDOWS) return 0;
  if (input->channel_count > LF_MAX_LISTED_CHANNELS) return 0;
  uint32_t taken = channels_of(format, input);
  for (uint32_t w = 0; w < input->window_count; w++)
    if (input->windows[w] > (net->feed == LF_FEED_PREVIOUS ? 1 : 0)) return 0;
  for (uint32_t c = 0; c < input->channel_count; c++)
    if (input->channels[c] >= format->channels) return 0;
  if (input->layout > LF_INPUT_PAIRED) return 0;
  if (input->mode == LF_INPUT_COPY) return format->dtype == LF_DTYPE_INT8;
  if (input->mode == LF_INPUT_FLIP) return format->dtype == LF_DTYPE_UINT8;
  if (input->mode != LF_INPUT_AFFINE || !within(input->table, taken * sizeof(lf_affine), length))
    return 0;
  const lf_affine *table = (const lf_affine *)(const void *)(base + input->table);
  for (uint32_t c = 0; c < taken; c++)
    if (table[c].shift > 31) return 0;
  return 1;
}

static int check_input_step(const lf_network *net, const lf_input *inputs, const lf_window *format,
                            const lf_step *step) {
  if (step->in_word >= net->input_count || step->out_byte != 0) return 0;
  const lf_input *input = inputs + step->in_word;
  return within(4u * step->out_word, volume(input->window_count, format->samples, channels_of(format, input)),
                net->arena_bytes);
}

static int check_kernel_step(const lf_network *net, const uint8_t *base, uint32_t length, const lf_step *step) {
  uint64_t in = volume(step->in_h, step->in_w, step->in_c), out = volume(step->out_h, step->out_w, step->out_c);
  if (step->op == LF_OP_COPY) {
    if (step->in_h == 0) return LF_BLOB_DAMAGED;
    in = volume(1, step->in_h, step->in_c);
    out = volume(1, step->in_h - 1u, step->out_c) + step->in_c;
  }
  if (step->data_word > length / 4u || step->data_words > length / 4u) return LF_BLOB_DAMAGED;
  if (takes_two(step) && (step->kernel != 0 || !within(4u * step->in2_word, in, net->arena_bytes))) return LF_BLOB_DAMAGED;
  if (!within(4u * step->data_word, lf_data_bytes(step), length) || !within(4u * step->in_word, in, net->arena_bytes) ||
      !within(4u * step->scratch_word, lf_scratch_bytes(step), net->arena_bytes))
    return LF_BLOB_DAMAGED;
  /* a copied row may begin anywhere */
  if (step->out_byte > (step->op == LF_OP_COPY ? 3 : 0)) return LF_BLOB_DAMAGED;
  if (!within(4u * step->out_word, out + step->out_byte, net->arena_bytes)) return LF_BLOB_DAMAGED;
  const lf_kernel *kernel = find_kernel(step->kernel);
  if (kernel == 0) return LF_BLOB_KERNEL;
  return kernel->accepts(step, base + 4u * step->data_word) ? LF_OK : LF_BLOB_DAMAGED;
}

int lf_net_validate(const uint8_t *base, uint32_t length, const lf_window *window) {
  const lf_network *net = (const lf_network *)(const void *)base;
  if (length < sizeof *net || net->arena_bytes > LF_MAX_ARENA_BYTES) return LF_BLOB_DAMAGED;
  if (net->feed > LF_FEED_FEATURES) return LF_BLOB_DAMAGED;
  window = format_of(net, window);
  if (!within(net->inputs_offset, net->input_count * sizeof(lf_input), length)) return LF_BLOB_DAMAGED;
  if (!within(net->steps_offset, net->step_count * sizeof(lf_step), length)) return LF_BLOB_DAMAGED;
  if (net->output_count < 1) return LF_BLOB_DAMAGED;
  if (!within(net->output, net->output_count, net->arena_bytes)) return LF_BLOB_DAMAGED;
  const lf_input *inputs = (const lf_input *)(const void *)(base + net->inputs_offset);
  const lf_step *steps = (const lf_step *)(const void *)(base + net->steps_offset);
  for (uint32_t i = 0; i < net->input_count; i++)
    if (!check_input(net, base, length, window, inputs + i)) return LF_BLOB_DAMAGED;
  for (uint32_t i = 0; i < net->step_count; i++) {
    int status = LF_OK;
    if (steps[i].op == LF_OP_INPUT)
      status = check_input_step(net, inputs, window, steps + i) ? LF_OK : LF_BLOB_DAMAGED;
    else
      status = check_kernel_step(net, base, length, steps + i);
    if (status != LF_OK) return status;
  }
  return LF_OK;
}
