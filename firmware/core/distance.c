#include "distance.h"

/* One function a data type: the inner loop runs down one channel. */
#define DEFINE_COLUMN(name, type)                                                                             \
  static uint32_t name(const type *a, const type *b, uint32_t samples, uint32_t channels) {                   \
    uint32_t sum = 0;                                                                                         \
    for (uint32_t i = 0; i < samples; i++, a += channels, b += channels) {                                    \
      int32_t difference = *a - *b;                                                                           \
      sum += (uint32_t)(difference < 0 ? -difference : difference);                                           \
    }                                                                                                         \
    return sum;                                                                                               \
  }

DEFINE_COLUMN(column_int8, int8_t)
DEFINE_COLUMN(column_uint8, uint8_t)
DEFINE_COLUMN(column_int16, int16_t)

uint32_t distance_l1(const lf_window *format, const void *a, const void *b, uint32_t mask) {
  uint32_t samples = format->samples, channels = format->channels, sum = 0;
  for (uint32_t channel = 0; channel < channels && channel < LF_MAX_MASK_CHANNELS; channel++) {
    if ((mask >> channel & 1u) == 0) continue;
    switch (format->dtype) {
      case LF_DTYPE_INT8:
        sum += column_int8((const int8_t *)a + channel, (const int8_t *)b + channel, samples, channels);
        break;
      case LF_DTYPE_UINT8:
        sum += column_uint8((const uint8_t *)a + channel, (const uint8_t *)b + channel, samples, channels);
        break;
      default:
        sum += column_int16((const int16_t *)a + channel, (const int16_t *)b + channel, samples, channels);
        break;
    }
  }
  return sum;
}
