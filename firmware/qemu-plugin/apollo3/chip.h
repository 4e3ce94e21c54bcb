/*
 * Registers of Ambiq's Apollo3 Blue, with the rules that software must keep. Written from Ambiq's SVD file and the orders of its HAL
 * (pack/SVD/apollo3.svd and mcu/apollo3/hal of sparkfun/AmbiqSuiteSDK, commit e280cbde), not from the port that it checks. Knows nothing of QEMU.
 */
#ifndef LITTLEFIRST_APOLLO3_CHIP_H
#define LITTLEFIRST_APOLLO3_CHIP_H

#include <stdbool.h>
#include <stdint.h>

enum { IRQ_UART0 = 15, IRQ_STIMER = 22, IRQ_STIMER_COMPARE = 23, IRQ_COUNT = 32 };
enum {
  CHIP_FLASH_BYTES = 1024 * 1024,
  CHIP_RAM = 0x10000000,
  CHIP_RAM_BYTES = 384 * 1024,
  CHIP_SCR = 0xe000ed10,
  CHIP_DEMCR = 0xe000edfc,
  CHIP_AIRCR = 0xe000ed0c,
  CHIP_DWT = 0xe0001000,
};

/* Why the chip starts: bits of RSTGEN.STAT. */
enum { RESET_EXTERNAL = 1 << 0, RESET_POWER_ON = 1 << 1, RESET_SOFTWARE = 1 << 3, RESET_POI = 1 << 4, RESET_WATCHDOG = 1 << 6 };

/* What the chip needs of the machine around it. */
struct chip_machine {
  /* Ends the run, and does not return: software broke a rule, `address` is the register that it used. */
  void (*broken)(const char *rule, uint32_t address);
  void (*interrupt)(unsigned number, bool level);
  void (*send)(uint8_t byte);
  /* Nanoseconds and core cycles since the reset. */
  uint64_t (*nanoseconds)(void);
  uint64_t (*cycles)(void);
  /* The core clock is another one from here on. */
  void (*clock)(uint32_t hertz);
  /* Levels of the pads 31 to 0 that are GPIO outputs. */
  void (*pads)(uint32_t levels);
  void (*restart)(unsigned reason);
  /* True if a piece of the RAM holds anything but zeros. */
  bool (*holds_data)(uint32_t address, uint32_t bytes);
  /* More room for bytes from the line. */
  void (*room)(void);
};

void chip_init(const struct chip_machine *machine);
void chip_reset(unsigned reason);
uint32_t chip_read(uint32_t address);
void chip_write(uint32_t address, uint32_t value);

/* Bytes that the line may give, and one of them. */
unsigned chip_uart_room(void);
void chip_uart_receive(uint8_t byte);
/* Bytes from the line that the core has not read. */
unsigned chip_uart_unread(void);

/*
 * The core is about to wait. Returns the nanoseconds after which a timer ends it, 0 if an interrupt is pending already, UINT64_MAX if only the line can.
 */
uint64_t chip_wait(void);
/* Lets time-outs that have come happen. */
void chip_tick(void);
/* Nanoseconds since the reset at which the watchdog restarts the chip, UINT64_MAX: never. */
uint64_t chip_watchdog_end(void);

#endif
