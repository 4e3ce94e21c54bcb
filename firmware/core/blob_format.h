/**
 * The flash blob: records as they lie in flash, read in place. Mirrors harness/model/pack/blob.ts, which explains every
 * field; a test compares sizes and offsets. Little-endian, 4-byte aligned.
 */
#ifndef LF_BLOB_FORMAT_H
#define LF_BLOB_FORMAT_H

#include <stdint.h>

#define LF_BLOB_MAGIC 0x3142464Cu
#define LF_BLOB_VERSION 3u
#define LF_MAX_LISTED_CHANNELS 16u
#define LF_MAX_MASK_CHANNELS 32u
#define LF_MAX_CLASSES 256u /* labels of a blob; those of a filtered strategy are at most LF_MAX_LABELS */
#define LF_MAX_INPUT_WINDOWS 4u
#define LF_MAX_NETWORKS 32u
#define LF_MAX_STRATEGIES 16u
#define LF_MAX_LABELS 16u
#define LF_FEATURES 15u
#define LF_DRIFT_FEATURES 12u
#define LF_DRIFT_INPUTS 14u
#define LF_NO_NETWORK 255u
#define LF_MAX_FEATURE_SAMPLES 1024u
#define LF_MAX_FEATURE_OFFSET (1u << 24)
#define LF_ONE_Q15 32768u
#define LF_MAX_ARENA_BYTES (1u << 20) /* above the RAM of every chip we know */

enum { LF_SECTION_WINDOW = 1, LF_SECTION_LEVELS, LF_SECTION_NETWORK, LF_SECTION_STRATEGY, LF_SECTION_LABELS };
enum { LF_DTYPE_INT8, LF_DTYPE_UINT8, LF_DTYPE_INT16 };
enum { LF_INPUT_COPY, LF_INPUT_FLIP, LF_INPUT_AFFINE };
enum { LF_INPUT_ROWS, LF_INPUT_PAIRED };
enum {
  LF_OP_INPUT,
  LF_OP_CONV,
  LF_OP_DEPTHWISE,
  LF_OP_FULLY_CONNECTED,
  LF_OP_MAX_POOL,
  LF_OP_AVERAGE_POOL,
  LF_OP_MEAN,
  LF_OP_REDUCE_MAX,
  LF_OP_SOFTMAX,
  LF_OP_COPY,
  LF_OP_SUM,
  LF_OP_PRODUCT,
  LF_OP_PAD,
  LF_OP_RESIZE
};
enum { LF_STEP_WIDE_WEIGHTS = 1, LF_STEP_ROUND_UNSIGNED = 2, LF_STEP_ONE_SCALE = 4 };
enum { LF_FEED_WINDOW, LF_FEED_PREVIOUS, LF_FEED_FEATURES };
enum { LF_STRATEGY_HOLD, LF_STRATEGY_FILTERED, LF_STRATEGY_SCORE };
enum { LF_SCORE_RECONSTRUCTION, LF_SCORE_OUTPUT };
#define LF_MAX_SCORE_MULTIPLIER (1u << 18) /* squared differences then stay within 32 bits */
enum { LF_GATE_NONE, LF_GATE_ONE_VS_REST, LF_GATE_PAIR_NET, LF_GATE_DISTANCE, LF_GATE_CONFIDENCE, LF_GATE_DRIFT };
enum { LF_FILTERED_SHARPEN_BIG = 1 };

typedef struct {
  uint32_t magic, crc32;
  uint16_t version, section_count;
  uint32_t total_bytes, max_arena_bytes;
  char bundle_name[24];
} lf_blob_header;

typedef struct {
  uint16_t type, index;
  uint32_t offset, length;
} lf_section;

typedef struct {
  uint16_t samples, channels, stride;
  uint8_t dtype, reserved;
  uint32_t bytes, sample_rate_milli_hertz;
} lf_window;

typedef struct {
  char name[16];
  uint32_t millivolts, hertz, register_count, registers[4];
} lf_level;

typedef struct {
  char text[24];
} lf_label;

typedef struct {
  char name[24];
  uint32_t arena_bytes, macs;
  uint16_t input_count, step_count;
  uint32_t inputs_offset, steps_offset, output;
  uint16_t output_count;
  uint8_t output_dtype, feed;
  uint32_t output_scale;
  int32_t output_zero_point;
} lf_network;

typedef struct {
  uint8_t window_count, channel_count, mode, layout;
  uint8_t windows[LF_MAX_INPUT_WINDOWS];
  uint8_t channels[LF_MAX_LISTED_CHANNELS];
  uint32_t table;
} lf_input;

typedef struct {
  int16_t multiplier;
  uint16_t shift;
  int32_t bias;
} lf_affine;

typedef struct {
  uint8_t op, kernel, flags, out_byte;
  uint16_t in_word, out_word, scratch_word, scratch_words;
  uint32_t data_word, data_words;
  uint16_t in2_word;
  uint16_t in_h, in_w, in_c, out_c, conv_h, conv_w, out_h, out_w, kernel_h, kernel_w;
  uint8_t stride_h, stride_w, pad_top, pad_left;
  uint8_t pool_h, pool_w, pool_stride_h, pool_stride_w, pool_pad_top, pool_pad_left;
  int8_t in_zero, out_zero, clamp_min, clamp_max;
} lf_step;

static inline uint32_t lf_scratch_bytes(const lf_step *step) { return 4u * step->scratch_words; }
static inline uint32_t lf_data_bytes(const lf_step *step) { return 4u * step->data_words; }

typedef struct {
  char name[24];
  uint8_t kind, big, gate, keep;
  uint32_t channel_mask, threshold;
  uint16_t refresh_every;
  uint8_t hysteresis, big_cap, big_cap_window, network_count;
  uint8_t networks[16];
  uint16_t reserved;
} lf_hold;

typedef struct {
  char name[24];
  uint8_t kind, static_network, little_network, big_network;
  uint32_t motion_threshold, offsets[3];
  int32_t static_bias, dynamic_bias;
  int16_t static_weights[LF_DRIFT_INPUTS], dynamic_weights[LF_DRIFT_INPUTS];
  uint16_t scale[LF_DRIFT_FEATURES];
  uint16_t floor, flip_change, restart_change, missing, flat, sure, accept, settle_near, settle_far, reject;
  uint8_t cap, cap_window, acceleration[3], gyro[3], decimation_shift, lag, mean_shift, flags, static_count, dynamic_count;
  uint8_t static_classes[LF_MAX_LABELS], dynamic_classes[LF_MAX_LABELS];
} lf_filtered;

typedef struct {
  char name[24];
  uint8_t kind, network, type, reserved;
  uint32_t threshold, multiplier, input;
  uint16_t output;
  int8_t input_zero, output_zero;
} lf_score;

/** The numbers of a hold strategy's drift gate, which follow its record. */
static inline const lf_filtered *lf_drift_gate(const lf_hold *hold) { return (const lf_filtered *)(const void *)(hold + 1); }

/** Results of opening and running; 0 is success. */
enum {
  LF_OK = 0,
  LF_BLOB_ABSENT = -1,   /* no magic: nothing was flashed here */
  LF_BLOB_FORMAT = -2,   /* a version or core this firmware does not know */
  LF_BLOB_DAMAGED = -3,  /* length, CRC, or an offset out of range */
  LF_BLOB_KERNEL = -4,   /* a step wants a kernel that this image lacks (packed for another core) */
  LF_NET_INDEX = -5,     /* no such network */
  LF_NET_PREVIOUS = -6   /* the network needs the previous window and there is none */
};

/** A validated blob: pointers into flash, valid as long as the flash is. */
typedef struct {
  const lf_blob_header *header;
  const lf_window *window;
  const lf_level *levels;
  const lf_label *labels;
  const lf_section *networks;   /* network_count consecutive table entries */
  const lf_section *strategies; /* strategy_count consecutive table entries */
  uint32_t level_count, label_count, network_count, strategy_count;
} lf_blob;

#endif
