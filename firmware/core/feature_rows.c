#include "feature_rows.h"

#ifdef __ARM_FEATURE_DSP

/* A row as three words, lower half first. */
enum { GYRO_XY, GYRO_Z_ACCELERATION_X, ACCELERATION_YZ, ROW_WORDS };

bool feature_rows_apply(const lf_filtered *s, const lf_window *format) {
  return format->channels == 6 && s->gyro[0] == 0 && s->gyro[1] == 1 && s->gyro[2] == 2 && s->acceleration[0] == 3 &&
         s->acceleration[1] == 4 && s->acceleration[2] == 5;
}

/** |a - b| of both halves, as unsigned 16-bit numbers: the difference that is not negative. */
static inline uint32_t distances(uint32_t a, uint32_t b) {
  uint32_t one, other;
  __asm("ssub16 %0, %2, %3\n\t"
        "ssub16 %1, %3, %2\n\t"
        "sel %0, %1, %0"
        : "=&r"(one), "=&r"(other)
        : "r"(a), "r"(b)
        : "cc");
  return one;
}

static inline int32_t lower(uint32_t word) { return (int16_t)word; }
static inline int32_t upper(uint32_t word) { return (int32_t)word >> 16; }

void feature_rows_near(const lf_filtered *strategy, const int16_t *window, uint32_t all, uint32_t with_step,
                       struct feature_sums sums[3]) {
  const uint32_t stride = ROW_WORDS << strategy->decimation_shift;
  const uint32_t *row = (const uint32_t *)(const void *)window, *end = row + with_step * stride;
  int32_t x = 0, y = 0, z = 0, turn_x = 0, turn_y = 0, turn_z = 0;
  uint32_t a = 0, b = 0, c = 0;
  for (; row != end; row += stride) {
    uint32_t turn = row[GYRO_XY], first = row[GYRO_Z_ACCELERATION_X], second = row[ACCELERATION_YZ];
    uint32_t next_first = row[ROW_WORDS + GYRO_Z_ACCELERATION_X], next_second = row[ROW_WORDS + ACCELERATION_YZ];
    turn_x += lower(turn), turn_y += upper(turn), turn_z += lower(first);
    x += upper(first), y += lower(second), z += upper(second);
    first = distances(first, next_first), second = distances(second, next_second);
    a += first >> 16, b += (uint16_t)second, c += second >> 16;
  }
  for (end += (all - with_step) * stride; row != end; row += stride) {
    turn_x += lower(row[GYRO_XY]), turn_y += upper(row[GYRO_XY]), turn_z += lower(row[GYRO_Z_ACCELERATION_X]);
    x += upper(row[GYRO_Z_ACCELERATION_X]), y += lower(row[ACCELERATION_YZ]), z += upper(row[ACCELERATION_YZ]);
  }
  sums[0].total += x, sums[1].total += y, sums[2].total += z;
  sums[0].gyro_total += turn_x, sums[1].gyro_total += turn_y, sums[2].gyro_total += turn_z;
  sums[0].step += a, sums[1].step += b, sums[2].step += c;
}

void feature_rows_far(const lf_filtered *strategy, const int16_t *window, uint32_t terms, struct feature_sums sums[3]) {
  const uint32_t stride = ROW_WORDS << strategy->decimation_shift;
  const uint32_t *row = (const uint32_t *)(const void *)window, *over = row + strategy->lag * ROW_WORDS;
  uint32_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0;
  for (const uint32_t *end = row + terms * stride; row != end; row += stride, over += stride) {
    uint32_t first = row[GYRO_XY], second = row[GYRO_Z_ACCELERATION_X], third = row[ACCELERATION_YZ];
    first = distances(first, over[GYRO_XY]), second = distances(second, over[GYRO_Z_ACCELERATION_X]);
    third = distances(third, over[ACCELERATION_YZ]);
    a += (uint16_t)first, b += first >> 16, c += (uint16_t)second;
    d += second >> 16, e += (uint16_t)third, f += third >> 16;
  }
  sums[0].gyro_slow += a, sums[1].gyro_slow += b, sums[2].gyro_slow += c;
  sums[0].slow += d, sums[1].slow += e, sums[2].slow += f;
}

#else
typedef int feature_rows_are_for_the_dsp_extension;
#endif
