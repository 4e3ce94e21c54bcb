#include "kernels_m0p_four.h"

#define IN_REGISTER __attribute__((unused))

/* One index serves all and counts up to zero. r0, r2, r3, r5: the four, r6: the one, r1: index, r8-r11: sums; r4, r7: spare. */
#define ELEMENTS                                                        \
  "1:\n\t"                                                             \
  "ldrsb r7, [r6, r1]\n\t"                                             \
  "ldrsb r4, [r0, r1]\n\t muls r4, r7\n\t add r8, r4\n\t"            \
  "ldrsb r4, [r2, r1]\n\t muls r4, r7\n\t add r9, r4\n\t"            \
  "ldrsb r4, [r3, r1]\n\t muls r4, r7\n\t add r10, r4\n\t"           \
  "ldrsb r4, [r5, r1]\n\t muls r4, r7\n\t add r11, r4\n\t"           \
  "adds r1, #1\n\t bne 1b\n\t"

__attribute__((naked)) void lf_m0p_dot_four(IN_REGISTER const int8_t *const ends[4], IN_REGISTER int32_t minus_count,
                                            IN_REGISTER const int8_t *end, IN_REGISTER int32_t sums[4]) {
  __asm volatile(
      ".syntax unified\n\t"
      "push {r3-r7, lr}\n\t"
      "mov r4, r8\n\t mov r5, r9\n\t mov r6, r10\n\t mov r7, r11\n\t"
      "push {r4-r7}\n\t"
      "mov r6, r2\n\t mov r7, r0\n\t"
      "ldmia r3!, {r2, r4, r5}\n\t mov r8, r2\n\t mov r9, r4\n\t mov r10, r5\n\t ldr r4, [r3]\n\t mov r11, r4\n\t"
      "ldmia r7!, {r0, r2, r3, r5}\n"
      ELEMENTS
      "ldr r7, [sp, #16]\n\t"
      "mov r0, r8\n\t mov r1, r9\n\t mov r2, r10\n\t mov r3, r11\n\t"
      "stmia r7!, {r0-r3}\n\t"
      "pop {r4-r7}\n\t"
      "mov r8, r4\n\t mov r9, r5\n\t mov r10, r6\n\t mov r11, r7\n\t"
      "pop {r3-r7, pc}\n");
}

#define NEXT_SUM "mov r3, r8\n\t ldmia r3!, {r0}\n\t mov r8, r3\n\t lsls r0, r0, #2\n\t"

__attribute__((naked)) void lf_m0p_put_four(IN_REGISTER const lf_m0p_put *put, IN_REGISTER const int32_t sums[4]) {
  __asm volatile(
      ".syntax unified\n\t"
      "push {r4-r7, lr}\n\t"
      "mov r4, r8\n\t push {r4}\n\t"
      "mov r8, r1\n\t"
      "ldr r4, [r0]\n\t lsrs r5, r4, #16\n\t uxth r4, r4\n\t"
      "ldr r6, [r0, #4]\n\t mov r12, r6\n\t ldr r6, [r0, #8]\n\t ldr r7, [r0, #12]\n\t ldr r0, [r0, #16]\n\t mov lr, r0\n\t"
      NEXT_SUM LF_M0P_SCALE NEXT_SUM LF_M0P_SCALE NEXT_SUM LF_M0P_SCALE NEXT_SUM LF_M0P_SCALE
      "pop {r4}\n\t mov r8, r4\n\t"
      "pop {r4-r7, pc}\n");
}

#define SCALE(sum) "mov r0, " sum "\n\t lsls r0, r0, #2\n\t" LF_M0P_SCALE

__attribute__((naked)) void lf_m0p_dense_fours(IN_REGISTER lf_m0p_dense_job *job) {
  __asm volatile(
      ".syntax unified\n\t"
      "push {r4-r7, lr}\n\t"
      "mov r4, r8\n\t mov r5, r9\n\t mov r6, r10\n\t mov r7, r11\n\t"
      "push {r0, r4-r7}\n"
      "5:\n\t"
      "ldr r7, [sp]\n\t"
      "ldr r4, [r7, #12]\n\t ldmia r4!, {r0-r3}\n\t str r4, [r7, #12]\n\t"
      "mov r8, r0\n\t mov r9, r1\n\t mov r10, r2\n\t mov r11, r3\n\t"
      "ldr r0, [r7]\n\t ldr r1, [r7, #4]\n\t ldr r6, [r7, #8]\n\t"
      "adds r2, r0, r1\n\t adds r3, r2, r1\n\t adds r5, r3, r1\n\t adds r4, r5, r1\n\t str r4, [r7]\n\t"
      "rsbs r1, r1, #0\n"
      ELEMENTS
      "ldr r3, [sp]\n\t"
      "ldr r4, [r3, #16]\n\t lsrs r5, r4, #16\n\t uxth r4, r4\n\t"
      "ldr r6, [r3, #20]\n\t mov r12, r6\n\t ldr r6, [r3, #24]\n\t ldr r7, [r3, #28]\n\t movs r0, #1\n\t mov lr, r0\n\t"
      SCALE("r8") SCALE("r9") SCALE("r10") SCALE("r11")
      "ldr r3, [sp]\n\t str r7, [r3, #28]\n\t"
      "ldr r0, [r3, #32]\n\t subs r0, r0, #1\n\t str r0, [r3, #32]\n\t"
      "beq 6f\n\t b 5b\n"
      "6:\n\t"
      "pop {r0, r4-r7}\n\t"
      "mov r8, r4\n\t mov r9, r5\n\t mov r10, r6\n\t mov r11, r7\n\t"
      "pop {r4-r7, pc}\n");
}
