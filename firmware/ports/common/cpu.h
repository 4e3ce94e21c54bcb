/** Cortex-M instructions and system registers (Armv6-M and Armv7-M architecture reference manuals) used by all ports. */
#pragma once

#include <stdint.h>

/** Masks interrupts; returns the previous PRIMASK for `cpu_restore_interrupts`. */
static inline uint32_t cpu_mask_interrupts(void) {
  uint32_t primask;
  __asm volatile("mrs %0, primask\n\tcpsid i" : "=r"(primask)::"memory");
  return primask;
}

static inline void cpu_restore_interrupts(uint32_t primask) {
  __asm volatile("msr primask, %0" ::"r"(primask) : "memory");
}

static inline void cpu_enable_interrupts(void) {
  __asm volatile("cpsie i" ::: "memory");
}

/** Sleeps until an interrupt is pending, even a masked one. */
static inline void cpu_wait_for_interrupt(void) {
  __asm volatile("dsb\n\twfi" ::: "memory");
}

static inline void cpu_barrier(void) {
  __asm volatile("" ::: "memory");
}

/** NVIC_ISER: enables external interrupt `number` (0..31). */
static inline void cpu_enable_irq(uint32_t number) {
  *(volatile uint32_t *)0xE000E100u = 1u << number;
}

/** AIRCR.SYSRESETREQ. */
static inline void cpu_request_reset(void) {
  *(volatile uint32_t *)0xE000ED0Cu = 0x05FA0004u;
  __asm volatile("dsb");
}
