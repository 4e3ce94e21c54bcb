#include "feature_rows.h"

#include <stddef.h>

#ifdef __ARM_FEATURE_DSP

/* The assembler sets nine sums in a row, and adds to six. */
_Static_assert(offsetof(struct feature_sums, step) == 24 && offsetof(struct feature_sums, slow) == offsetof(struct feature_sums, gyro_slow) + 12,
               "order of near and far");

/* A row as three words, lower half first. */
enum { GYRO_XY, GYRO_Z_ACCELERATION_X, ACCELERATION_YZ, ROW_WORDS };

bool feature_rows_apply(const lf_filtered *s, const lf_window *format) {
  return format->channels == 6 && s->gyro[0] == 0 && s->gyro[1] == 1 && s->gyro[2] == 2 && s->acceleration[0] == 3 &&
         s->acceleration[1] == 4 && s->acceleration[2] == 5;
}

#define IN_REGISTER __attribute__((unused))
/* |a - b| of both halves, as unsigned 16-bit numbers, into b: the difference that is not negative. */
#define DISTANCES(a, b, spare) "ssub16 " spare ", " a ", " b "\n\t ssub16 " b ", " b ", " a "\n\t sel " b ", " b ", " spare "\n\t"

/*
 * Sums of the six axes over all terms, and distances of the acceleration to the next sample over all but at most one: 24 cycles a term, and 5 for a turn of
 * four. r0: row, r1: bytes to the next term; r4-r9: sums of turns and accelerations, r10-r12: of distances; r2, r3, lr: spare.
 * In: row, bytes, end of the terms (a multiple of four), nine sums to be set.
 */
#define NEAR                                                                                                           \
  "ldr r3, [r0]\n\t ldr lr, [r0, #4]\n\t"                                                                             \
  "sxtah r4, r4, r3\n\t add r5, r5, r3, asr #16\n\t sxtah r6, r6, lr\n\t add r7, r7, lr, asr #16\n\t"                  \
  "ldr r3, [r0, #16]\n\t" DISTANCES("lr", "r3", "r2") "add r10, r10, r3, lsr #16\n\t"                                \
  "ldr r3, [r0, #8]\n\t ldr lr, [r0, #20]\n\t sxtah r8, r8, r3\n\t add r9, r9, r3, asr #16\n\t"                      \
  DISTANCES("r3", "lr", "r2") "uxtah r11, r11, lr\n\t add r0, r0, r1\n\t add r12, r12, lr, lsr #16\n\t"
__attribute__((naked, noinline)) static void near(IN_REGISTER const uint32_t *row, IN_REGISTER uint32_t bytes,
                                                  IN_REGISTER const uint32_t *end, IN_REGISTER void *sums) {
  __asm volatile(
      "push {r2-r11, lr}\n\t"
      "mov r4, #0\n\t mov r5, #0\n\t mov r6, #0\n\t mov r7, #0\n\t mov r8, #0\n\t mov r9, #0\n\t"
      "mov r10, #0\n\t mov r11, #0\n\t mov r12, #0\n\t"
      "cmp r0, r2\n\t beq 2f\n"
      "1:\n\t" NEAR NEAR NEAR NEAR
      "ldr r3, [sp]\n\t cmp r0, r3\n\t bne 1b\n"
      "2:\n\t"
      "ldr r1, [sp, #4]\n\t stm r1, {r4-r12}\n\t pop {r2-r11, pc}\n");
}

/* Distances over the lag, 25 cycles a term. r0: row, r1: over the lag, r2: bytes to the next term; r4-r9: sums; r3, r10-r12, lr: spare. */
#define FAR                                                                                                            \
  "ldr r3, [r0]\n\t ldr r10, [r1]\n\t ldr r11, [r0, #4]\n\t ldr r12, [r1, #4]\n\t"                                   \
  DISTANCES("r3", "r10", "lr") "uxtah r4, r4, r10\n\t add r5, r5, r10, lsr #16\n\t"                                  \
  DISTANCES("r11", "r12", "lr") "uxtah r6, r6, r12\n\t add r7, r7, r12, lsr #16\n\t"                                 \
  "ldr r3, [r0, #8]\n\t ldr r10, [r1, #8]\n\t add r0, r0, r2\n\t add r1, r1, r2\n\t"                                \
  DISTANCES("r3", "r10", "lr") "uxtah r8, r8, r10\n\t add r9, r9, r10, lsr #16\n\t"
__attribute__((naked, noinline)) static void far(IN_REGISTER const uint32_t *row, IN_REGISTER const uint32_t *over,
                                                 IN_REGISTER uint32_t bytes, IN_REGISTER const uint32_t *end,
                                                 IN_REGISTER void *sums) {
  __asm volatile(
      "push {r3-r11, lr}\n\t"
      "ldr r10, [sp, #40]\n\t ldm r10, {r4-r9}\n\t"
      "cmp r0, r3\n\t beq 2f\n"
      "1:\n\t" FAR FAR FAR FAR
      "ldr r3, [sp]\n\t cmp r0, r3\n\t bne 1b\n"
      "2:\n\t"
      "ldr r10, [sp, #40]\n\t stm r10, {r4-r9}\n\t pop {r3-r11, pc}\n");
}

static inline int32_t lower(uint32_t word) { return (int16_t)word; }
static inline int32_t upper(uint32_t word) { return (int32_t)word >> 16; }

static inline uint32_t distances(uint32_t a, uint32_t b) {
  uint32_t spare;
  __asm(DISTANCES("%2", "%0", "%1") : "+&r"(b), "=&r"(spare) : "r"(a) : "cc");
  return b;
}

/** Terms that are no four any more; the last of them may have no next sample. */
static void few_near(const uint32_t *row, uint32_t stride, uint32_t terms, uint32_t with_step, struct feature_sums *sums) {
  for (; terms > 0; terms--, row += stride) {
    sums->gyro_total[0] += lower(row[GYRO_XY]), sums->gyro_total[1] += upper(row[GYRO_XY]);
    sums->gyro_total[2] += lower(row[GYRO_Z_ACCELERATION_X]), sums->total[0] += upper(row[GYRO_Z_ACCELERATION_X]);
    sums->total[1] += lower(row[ACCELERATION_YZ]), sums->total[2] += upper(row[ACCELERATION_YZ]);
    if (with_step == 0) continue;
    with_step--;
    uint32_t yz = distances(row[ACCELERATION_YZ], row[ROW_WORDS + ACCELERATION_YZ]);
    sums->step[0] += distances(row[GYRO_Z_ACCELERATION_X], row[ROW_WORDS + GYRO_Z_ACCELERATION_X]) >> 16;
    sums->step[1] += (uint16_t)yz, sums->step[2] += yz >> 16;
  }
}

static void few_far(const uint32_t *row, const uint32_t *over, uint32_t stride, uint32_t terms, struct feature_sums *sums) {
  for (; terms > 0; terms--, row += stride, over += stride) {
    uint32_t xy = distances(row[GYRO_XY], over[GYRO_XY]), zx = distances(row[GYRO_Z_ACCELERATION_X], over[GYRO_Z_ACCELERATION_X]);
    uint32_t yz = distances(row[ACCELERATION_YZ], over[ACCELERATION_YZ]);
    sums->gyro_slow[0] += (uint16_t)xy, sums->gyro_slow[1] += xy >> 16, sums->gyro_slow[2] += (uint16_t)zx;
    sums->slow[0] += zx >> 16, sums->slow[1] += (uint16_t)yz, sums->slow[2] += yz >> 16;
  }
}

void feature_rows_near(const lf_filtered *strategy, const int16_t *window, uint32_t all, uint32_t with_step,
                       struct feature_sums *sums) {
  const uint32_t stride = ROW_WORDS << strategy->decimation_shift, most = with_step & ~3u;
  const uint32_t *row = (const uint32_t *)(const void *)window, *end = row + most * stride;
  near(row, 4u * stride, end, sums->gyro_total);
  if (all != most) few_near(end, stride, all - most, with_step - most, sums);
}

void feature_rows_far(const lf_filtered *strategy, const int16_t *window, uint32_t terms, struct feature_sums *sums) {
  const uint32_t stride = ROW_WORDS << strategy->decimation_shift, most = terms & ~3u;
  const uint32_t *row = (const uint32_t *)(const void *)window, *over = row + strategy->lag * ROW_WORDS;
  far(row, over, 4u * stride, row + most * stride, sums->gyro_slow);
  if (terms != most) few_far(row + most * stride, over + most * stride, stride, terms - most, sums);
}

#else
typedef int feature_rows_are_for_the_dsp_extension;
#endif
