#include "feature_columns.h"

#include <stddef.h>

/** The plain form. */
static inline void columns(struct feature_walk *walk, uint32_t terms, struct feature_sums *sums, uint32_t axis) {
  const uint8_t *at = walk->at;
  int32_t total = 0, gyro_total = 0;
  uint32_t step = 0, slow = 0, gyro_slow = 0;
  for (; terms > 0; terms--, at += walk->stride) {
    int32_t now = feature_sample(at);
    total += now;
    step += feature_distance(feature_sample(at + walk->step), now);
    slow += feature_distance(feature_sample(at + walk->lag), now);
    int32_t turn = feature_sample(at + walk->gyro);
    gyro_total += turn;
    gyro_slow += feature_distance(feature_sample(at + walk->gyro_lag), turn);
  }
  walk->at = at;
  sums->total[axis] += total;
  sums->gyro_total[axis] += gyro_total;
  sums->step[axis] += step;
  sums->slow[axis] += slow;
  sums->gyro_slow[axis] += gyro_slow;
}

/* Where the assembler finds an axis' sums, from its first one on. */
_Static_assert(offsetof(struct feature_sums, total) == 12 && offsetof(struct feature_sums, step) == 24 &&
                   offsetof(struct feature_sums, gyro_slow) == 36 && offsetof(struct feature_sums, slow) == 48,
               "offsets in fours");

#define IN_REGISTER __attribute__((unused))

#if defined(__ARM_ARCH_6M__)

/*
 * Four terms a turn, 26.25 cycles a term on a Cortex-M0+. The five offsets need all low registers, so that the sums stay in
 * high ones and the end of the terms on the stack; a branch over the negation takes as long as none. r0: walk, r1: end of the
 * terms (a multiple of four), r2: the axis' first sum.
 */
__attribute__((naked)) static void fours(IN_REGISTER struct feature_walk *walk, IN_REGISTER const uint8_t *end,
                                         IN_REGISTER int32_t *sums) {
  __asm volatile(
      ".syntax unified\n\t"
      "push {r0, r2, r4-r7, lr}\n\t"
      "mov r4, r8\n\t mov r5, r9\n\t mov r6, r10\n\t mov r7, r11\n\t"
      "push {r1, r4-r7}\n\t"
      "ldr r4, [r2, #12]\n\t ldr r5, [r2, #24]\n\t ldr r6, [r2, #48]\n\t ldr r7, [r2, #36]\n\t"
      "mov r8, r4\n\t mov r9, r5\n\t mov r10, r6\n\t mov r11, r7\n\t"
      "ldr r1, [r2]\n\t mov lr, r1\n\t"
      "ldr r1, [r0, #20]\n\t mov r12, r1\n\t"
      "ldr r2, [r0, #4]\n\t ldr r3, [r0, #8]\n\t ldr r4, [r0, #12]\n\t ldr r5, [r0, #16]\n\t ldr r0, [r0]\n\t"
      "movs r1, #0\n"
      "1:\n\t"
      ".rept 4\n\t"
      "ldrsh r6, [r0, r1]\n\t add r8, r6\n\t"
      "ldrsh r7, [r0, r2]\n\t subs r7, r7, r6\n\t bpl 2f\n\t rsbs r7, r7, #0\n2:\t add r9, r7\n\t"
      "ldrsh r7, [r0, r3]\n\t subs r7, r7, r6\n\t bpl 3f\n\t rsbs r7, r7, #0\n3:\t add r10, r7\n\t"
      "ldrsh r6, [r0, r4]\n\t add lr, r6\n\t"
      "ldrsh r7, [r0, r5]\n\t subs r7, r7, r6\n\t bpl 4f\n\t rsbs r7, r7, #0\n4:\t add r11, r7\n\t"
      "add r0, r12\n\t"
      ".endr\n\t"
      "ldr r6, [sp]\n\t cmp r0, r6\n\t bne 1b\n\t"
      "ldr r1, [sp, #20]\n\t ldr r2, [sp, #24]\n\t"
      "str r0, [r1]\n\t"
      "mov r4, r8\n\t mov r5, r9\n\t mov r6, r10\n\t mov r7, r11\n\t"
      "str r4, [r2, #12]\n\t str r5, [r2, #24]\n\t str r6, [r2, #48]\n\t str r7, [r2, #36]\n\t"
      "mov r4, lr\n\t str r4, [r2]\n\t"
      "add sp, #4\n\t"
      "pop {r4-r7}\n\t"
      "mov r8, r4\n\t mov r9, r5\n\t mov r10, r6\n\t mov r11, r7\n\t"
      "pop {r0, r2, r4-r7, pc}\n");
}

#elif defined(__ARM_ARCH_7M__) && !defined(__ARM_FEATURE_DSP)

/*
 * The same on a Cortex-M3, 20.25 cycles a term: loads stand together, and an IT behind a 16-bit instruction takes no time. r0-r4: position and offsets,
 * r11: to the next term; r5-r7: samples; r8-r10, r12, lr: sums.
 */
__attribute__((naked)) static void fours(IN_REGISTER struct feature_walk *walk, IN_REGISTER const uint8_t *end,
                                         IN_REGISTER int32_t *sums) {
  __asm volatile(
      "push {r0-r2, r4-r11, lr}\n\t"
      "ldr r8, [r2, #12]\n\t ldr r9, [r2, #24]\n\t ldr r10, [r2, #48]\n\t ldr r12, [r2, #36]\n\t ldr lr, [r2]\n\t"
      "mov r5, r0\n\t ldm r5, {r0-r4, r11}\n"
      "1:\n\t"
      ".rept 4\n\t"
      "ldrsh r5, [r0]\n\t ldrsh r6, [r0, r1]\n\t ldrsh r7, [r0, r2]\n\t"
      "add r8, r5\n\t"
      "subs r6, r6, r5\n\t it mi\n\t rsbmi r6, r6, #0\n\t"
      "subs r7, r7, r5\n\t it mi\n\t rsbmi r7, r7, #0\n\t"
      "add r9, r6\n\t add r10, r7\n\t"
      "ldrsh r5, [r0, r3]\n\t ldrsh r6, [r0, r4]\n\t"
      "add r0, r11\n\t"
      "add lr, r5\n\t"
      "subs r6, r6, r5\n\t it mi\n\t rsbmi r6, r6, #0\n\t"
      "add r12, r6\n\t"
      ".endr\n\t"
      "ldr r5, [sp, #4]\n\t cmp r0, r5\n\t bne 1b\n\t"
      "ldr r1, [sp]\n\t ldr r2, [sp, #8]\n\t"
      "str r0, [r1]\n\t"
      "str r8, [r2, #12]\n\t str r9, [r2, #24]\n\t str r10, [r2, #48]\n\t str r12, [r2, #36]\n\t str lr, [r2]\n\t"
      "add sp, #12\n\t pop {r4-r11, pc}\n");
}

#endif

#if defined(__ARM_ARCH_6M__) || (defined(__ARM_ARCH_7M__) && !defined(__ARM_FEATURE_DSP))

void feature_columns(struct feature_walk *walk, uint32_t terms, struct feature_sums *sums, uint32_t axis) {
  uint32_t most = terms & ~3u;
  if (most > 0) fours(walk, walk->at + most * walk->stride, sums->gyro_total + axis);
  if ((terms & 3u) != 0) columns(walk, terms & 3u, sums, axis);
}

#else

void feature_columns(struct feature_walk *walk, uint32_t terms, struct feature_sums *sums, uint32_t axis) {
  columns(walk, terms, sums, axis);
}

#endif
