/*
 * Registers of Ambiq's Apollo3 Blue, with the rules that software must keep. Written from Ambiq's SVD file and the orders of its HAL
 * (pack/SVD/apollo3.svd and mcu/apollo3/hal of sparkfun/AmbiqSuiteSDK, commit e280cbde), not from the port that it checks. Knows nothing of QEMU.
 */
#ifndef LITTLEFIRST_APOLLO3_CHIP_H
#define LITTLEFIRST_APOLLO3_CHIP_H

#include "../chip.h"

enum { IRQ_UART0 = 15, IRQ_STIMER = 22, IRQ_STIMER_COMPARE = 23 };
enum {
  CHIP_FLASH_BYTES = 1024 * 1024,
  CHIP_RAM = 0x10000000,
  CHIP_RAM_BYTES = 384 * 1024,
};

/* Why the chip starts: bits of RSTGEN.STAT. */
enum { RESET_EXTERNAL = 1 << 0, RESET_POWER_ON = 1 << 1, RESET_SOFTWARE = 1 << 3, RESET_POI = 1 << 4, RESET_WATCHDOG = 1 << 6 };

#endif
