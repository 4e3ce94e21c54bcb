#include "pl011.h"

#include "cpu.h"
#include "port.h"

enum { DR = 0x00, FR = 0x18, IBRD = 0x24, FBRD = 0x28, LCR_H = 0x2c, CR = 0x30, IFLS = 0x34, IMSC = 0x38, ICR = 0x44 };
enum { FR_BUSY = 1u << 3, FR_RXFE = 1u << 4, FR_TXFF = 1u << 5 };
enum { INT_RX = 1u << 4, INT_TX = 1u << 5, INT_RT = 1u << 6, INT_OE = 1u << 10 };
enum { LCR_8N1_FIFO = 0x70, CR_ENABLE = 0x301 };

static inline volatile uint32_t *reg(uintptr_t base, uint32_t offset) {
  return (volatile uint32_t *)(base + offset);
}

bool pl011_init(uintptr_t base, uint32_t clock_hz, uint32_t baud) {
  if (baud == 0 || baud > clock_hz / 16u) return false;
  uint32_t divisor = (clock_hz * 4u + baud / 2u) / baud; /* 16.6 fixed point of clock / (16 baud) */
  if (divisor < 64u || divisor > 0x3fffffu) return false;
  uint32_t actual = clock_hz * 4u / divisor;
  uint32_t error = actual > baud ? actual - baud : baud - actual;
  if (error > baud / 50u) return false;
  *reg(base, CR) = 0;
  *reg(base, IBRD) = divisor >> 6;
  *reg(base, FBRD) = divisor & 63u;
  *reg(base, LCR_H) = LCR_8N1_FIFO; /* latches the divisors */
  *reg(base, IFLS) = 0x10;          /* receive at half, transmit at an eighth */
  *reg(base, ICR) = 0x7ff;
  *reg(base, IMSC) = INT_RX | INT_RT;
  *reg(base, CR) = CR_ENABLE;
  return true;
}

/** Fills the transmit FIFO; the transmit interrupt stays on only while the core has more. Interrupts masked. */
static void fill(uintptr_t base) {
  while ((*reg(base, FR) & FR_TXFF) == 0) {
    int byte = link_next_byte();
    if (byte < 0) {
      *reg(base, IMSC) = INT_RX | INT_RT;
      return;
    }
    *reg(base, DR) = (uint32_t)byte;
  }
  *reg(base, IMSC) = INT_RX | INT_RT | INT_TX;
}

void pl011_kick(uintptr_t base) {
  uint32_t mask = cpu_mask_interrupts();
  fill(base);
  cpu_restore_interrupts(mask);
}

void pl011_interrupt(uintptr_t base) {
  *reg(base, ICR) = INT_RX | INT_RT | INT_TX | INT_OE;
  while ((*reg(base, FR) & FR_RXFE) == 0) link_receive((uint8_t)*reg(base, DR));
  if ((*reg(base, IMSC) & INT_TX) != 0) fill(base);
}

bool pl011_idle(uintptr_t base) {
  return (*reg(base, FR) & FR_BUSY) == 0;
}

void pl011_put_polled(uintptr_t base, uint8_t byte) {
  while ((*reg(base, FR) & FR_TXFF) != 0) {
  }
  *reg(base, DR) = byte;
}
