#include "blob.h"

#include <stddef.h>

#include "nn.h"

uint32_t lf_crc32(uint32_t crc, const uint8_t *bytes, uint32_t length) {
  /* remainders of the sixteen values of a half byte, polynomial 0xEDB88320 */
  static const uint32_t nibbles[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
                                       0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                       0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
  crc = ~crc;
  while (length-- > 0) {
    crc ^= *bytes++;
    crc = (crc >> 4) ^ nibbles[crc & 15u];
    crc = (crc >> 4) ^ nibbles[crc & 15u];
  }
  return ~crc;
}

static const lf_section *section_table(const lf_blob_header *header) {
  return (const lf_section *)(const void *)(header + 1);
}

static const uint8_t *section_bytes(const lf_blob_header *header, const lf_section *section) {
  return (const uint8_t *)header + section->offset;
}

/** Header, CRC, and that all sections lie inside the blob behind the table. */
static int check_frame(const uint8_t *blob, uint32_t max_bytes) {
  const lf_blob_header *header = (const lf_blob_header *)(const void *)blob;
  if (max_bytes < sizeof *header || header->magic != LF_BLOB_MAGIC) return LF_BLOB_ABSENT;
  if (header->version != LF_BLOB_VERSION) return LF_BLOB_FORMAT;
  uint32_t total = header->total_bytes, table_end = sizeof *header + header->section_count * sizeof(lf_section);
  if (total > max_bytes || total < table_end || header->max_arena_bytes > LF_MAX_ARENA_BYTES) return LF_BLOB_DAMAGED;
  if (lf_crc32(0, blob + 8, total - 8) != header->crc32) return LF_BLOB_DAMAGED;
  const lf_section *table = section_table(header);
  for (uint32_t i = 0; i < header->section_count; i++) {
    if (table[i].offset % 4 != 0 || table[i].offset < table_end || table[i].offset > total) return LF_BLOB_DAMAGED;
    if (table[i].length > total - table[i].offset) return LF_BLOB_DAMAGED;
  }
  return LF_OK;
}

/** The run of consecutive sections of a type, indexed from 0. @return their number, or -1 when they are not so */
static int find_sections(const lf_blob_header *header, uint32_t type, const lf_section **first) {
  const lf_section *table = section_table(header);
  int count = 0;
  *first = 0;
  for (uint32_t i = 0; i < header->section_count; i++) {
    if (table[i].type != type) continue;
    if (count == 0) *first = table + i;
    if (table + i != *first + count || table[i].index != count) return -1;
    count++;
  }
  return count;
}

static int check_window(const lf_window *w, uint32_t length) {
  if (length < sizeof *w || w->dtype > LF_DTYPE_INT16) return 0;
  uint32_t size = w->dtype == LF_DTYPE_INT16 ? 2 : 1;
  uint64_t bytes = (uint64_t)w->samples * w->channels * size;
  return w->samples > 0 && w->channels > 0 && bytes <= LF_MAX_ARENA_BYTES && w->bytes == bytes;
}

/** A section of u32 count and `count` records of `size` bytes. @return the count, 0 when it does not fit */
static uint32_t counted(const lf_blob_header *header, const lf_section *section, uint32_t size, const void **records) {
  if (section->length < 4) return 0;
  const uint8_t *bytes = section_bytes(header, section);
  uint32_t count = *(const uint32_t *)(const void *)bytes;
  *records = bytes + 4;
  return count <= (section->length - 4) / size ? count : 0;
}

static const lf_network *network_at(const lf_blob *b, uint32_t index) {
  return (const lf_network *)(const void *)section_bytes(b->header, b->networks + index);
}

/** There is such a network and it does not need features. */
static int runs_on_windows(const lf_blob *b, uint32_t index) {
  return index < b->network_count && network_at(b, index)->feed != LF_FEED_FEATURES;
}

static int all_below(const uint8_t *list, uint32_t count, uint32_t limit) {
  for (uint32_t i = 0; i < count; i++)
    if (list[i] >= limit) return 0;
  return 1;
}

static int check_features(const lf_window *window, const lf_filtered *f) {
  if (window->dtype != LF_DTYPE_INT16 || window->samples > LF_MAX_FEATURE_SAMPLES) return 0;
  if (!all_below(f->acceleration, 3, window->channels) || !all_below(f->gyro, 3, window->channels)) return 0;
  for (uint32_t i = 0; i < 3; i++)
    if (f->offsets[i] < 1 || f->offsets[i] > LF_MAX_FEATURE_OFFSET) return 0;
  return f->decimation_shift <= 3 && f->lag >= 1 && f->lag < window->samples && f->mean_shift <= 31;
}

static int check_drift(const lf_window *window, const lf_filtered *f) {
  const int32_t limit = 1 << 30; /* with the largest weights and distances a score then stays within 32 bits */
  if (!check_features(window, f) || f->floor > LF_ONE_Q15 || f->flip_change > LF_ONE_Q15) return 0;
  return f->static_bias >= -limit && f->static_bias <= limit && f->dynamic_bias >= -limit && f->dynamic_bias <= limit;
}

static int check_gate(const lf_blob *b, const lf_hold *hold) {
  if (hold->network_count > sizeof hold->networks) return 0;
  for (uint32_t i = 0; i < hold->network_count; i++)
    if (!runs_on_windows(b, hold->networks[i])) return 0;
  switch (hold->gate) {
    case LF_GATE_NONE:
      return 1;
    case LF_GATE_DISTANCE:
      return hold->channel_mask != 0 && b->window->samples <= LF_MAX_FEATURE_SAMPLES &&
             (b->window->channels >= LF_MAX_MASK_CHANNELS || hold->channel_mask >> b->window->channels == 0);
    case LF_GATE_DRIFT:
      return check_drift(b->window, lf_drift_gate(hold)) && hold->threshold <= LF_ONE_Q15;
    case LF_GATE_ONE_VS_REST:
      return hold->network_count == b->label_count;
    default:
      return hold->network_count == 1 && (hold->gate == LF_GATE_PAIR_NET || hold->gate == LF_GATE_CONFIDENCE);
  }
}

/** A network with one output for each of some classes. */
static int classifies(const lf_blob *b, uint32_t index, const uint8_t *classes, uint32_t count) {
  if (index >= b->network_count || count < 1 || count > LF_MAX_LABELS) return 0;
  return network_at(b, index)->output_count == count && all_below(classes, count, b->label_count);
}

static int check_filtered(const lf_blob *b, const lf_filtered *f) {
  if (!check_drift(b->window, f) || b->label_count < 2 || b->label_count > LF_MAX_LABELS) return 0;
  if (f->missing < 1 || f->missing > LF_ONE_Q15) return 0;
  if (f->flat > LF_ONE_Q15 || f->sure > LF_ONE_Q15 || f->accept > LF_ONE_Q15 || f->reject > LF_ONE_Q15) return 0;
  if (!classifies(b, f->static_network, f->static_classes, f->static_count)) return 0;
  if (!classifies(b, f->big_network, f->dynamic_classes, f->dynamic_count)) return 0;
  return f->little_network == LF_NO_NETWORK ||
         classifies(b, f->little_network, f->dynamic_classes, f->dynamic_count);
}

static int check_score(const lf_blob *b, const lf_score *s) {
  if (s->network >= b->network_count || b->label_count != 2) return 0;
  const lf_network *network = network_at(b, s->network);
  if (network->feed != LF_FEED_WINDOW) return 0;
  if (s->type == LF_SCORE_OUTPUT) return s->output < network->output_count;
  return s->type == LF_SCORE_RECONSTRUCTION && s->multiplier <= LF_MAX_SCORE_MULTIPLIER &&
         s->input <= network->arena_bytes && network->output_count <= network->arena_bytes - s->input;
}

/** Bytes of a hold strategy; its gate is read only if there are those of the record itself. */
static uint32_t hold_bytes(const lf_hold *hold) {
  return sizeof *hold + (hold->gate == LF_GATE_DRIFT ? sizeof(lf_filtered) : 0);
}

static int check_strategy(const lf_blob *b, const lf_section *section) {
  const void *record = section_bytes(b->header, section);
  const lf_hold *hold = record;
  if (section->length < sizeof(lf_score)) return LF_BLOB_DAMAGED; /* the smallest record */
  int sound;
  if (hold->kind == LF_STRATEGY_SCORE)
    sound = check_score(b, record);
  else if (hold->kind == LF_STRATEGY_HOLD)
    sound = section->length >= sizeof *hold && section->length >= hold_bytes(hold) && runs_on_windows(b, hold->big) && check_gate(b, hold);
  else if (hold->kind == LF_STRATEGY_FILTERED)
    sound = section->length >= sizeof(lf_filtered) && check_filtered(b, record);
  else
    return LF_BLOB_FORMAT;
  return sound ? LF_OK : LF_BLOB_DAMAGED;
}

/** Finds the sections and checks how many there are. */
static int locate(lf_blob *b) {
  const lf_section *window, *levels, *labels;
  int networks = find_sections(b->header, LF_SECTION_NETWORK, &b->networks);
  int strategies = find_sections(b->header, LF_SECTION_STRATEGY, &b->strategies);
  if (networks < 1 || networks > (int)LF_MAX_NETWORKS) return LF_BLOB_DAMAGED;
  if (strategies < 1 || strategies > (int)LF_MAX_STRATEGIES) return LF_BLOB_DAMAGED;
  b->network_count = (uint32_t)networks;
  b->strategy_count = (uint32_t)strategies;
  if (find_sections(b->header, LF_SECTION_WINDOW, &window) != 1 ||
      find_sections(b->header, LF_SECTION_LEVELS, &levels) != 1 ||
      find_sections(b->header, LF_SECTION_LABELS, &labels) != 1)
    return LF_BLOB_DAMAGED;
  const void *records = 0;
  b->window = (const lf_window *)(const void *)section_bytes(b->header, window);
  b->level_count = counted(b->header, levels, sizeof(lf_level), &records);
  b->levels = records;
  b->label_count = counted(b->header, labels, sizeof(lf_label), &records);
  b->labels = records;
  if (!check_window(b->window, window->length) || b->level_count == 0) return LF_BLOB_DAMAGED;
  for (uint32_t i = 0; i < b->level_count; i++)
    if (b->levels[i].register_count > 4) return LF_BLOB_DAMAGED;
  return b->label_count >= 1 && b->label_count <= LF_MAX_CLASSES ? LF_OK : LF_BLOB_DAMAGED;
}

int lf_blob_open(const uint8_t *blob, uint32_t max_bytes, lf_blob *out) {
  int status = check_frame(blob, max_bytes);
  if (status != LF_OK) return status;
  lf_blob b = {.header = (const lf_blob_header *)(const void *)blob};
  status = locate(&b);
  for (uint32_t i = 0; status == LF_OK && i < b.network_count; i++) {
    const uint8_t *base = section_bytes(b.header, b.networks + i);
    status = lf_net_validate(base, b.networks[i].length, b.window);
    if (status == LF_OK && ((const lf_network *)(const void *)base)->arena_bytes > b.header->max_arena_bytes)
      status = LF_BLOB_DAMAGED;
  }
  for (uint32_t i = 0; status == LF_OK && i < b.strategy_count; i++) status = check_strategy(&b, b.strategies + i);
  if (status == LF_OK) *out = b;
  return status;
}

const lf_hold *lf_blob_strategy(const lf_blob *blob, uint32_t index) {
  if (index >= blob->strategy_count) return 0;
  return (const lf_hold *)(const void *)section_bytes(blob->header, blob->strategies + index);
}
