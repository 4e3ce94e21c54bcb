/*
 * What a modelled chip and the machine around it are to each other. A chip (a folder beside this file) knows nothing of QEMU, and board.c nothing of a
 * chip but what its `chip_model` says.
 */
#ifndef LITTLEFIRST_CHIP_H
#define LITTLEFIRST_CHIP_H

#include <stdbool.h>
#include <stdint.h>

/* Interrupts that a chip may have, and registers of the core that QEMU lacks or that a chip must see. */
enum { IRQ_COUNT = 64 };
enum { CHIP_SCR = 0xe000ed10, CHIP_DEMCR = 0xe000edfc, CHIP_AIRCR = 0xe000ed0c, CHIP_DWT = 0xe0001000 };

/* What a chip needs of the machine around it. */
struct chip_machine {
  /* Ends the run, and does not return: software broke a rule, `address` is the register that it used. */
  void (*broken)(const char *rule, uint32_t address);
  void (*interrupt)(unsigned number, bool level);
  void (*send)(uint8_t byte);
  /* Nanoseconds and core cycles since the reset. */
  uint64_t (*nanoseconds)(void);
  uint64_t (*cycles)(void);
  /* The core clock is another one from here on; `mode` tells levels of the same clock apart, 0 where there are none. */
  void (*clock)(uint32_t hertz, uint32_t mode);
  /* Levels of the pads 31 to 0 that are GPIO outputs. */
  void (*pads)(uint32_t levels);
  /* Restarts the chip; `reason` comes back in `reset`. */
  void (*restart)(unsigned reason);
  /* True if a piece of the RAM holds anything but zeros. */
  bool (*holds_data)(uint32_t address, uint32_t bytes);
  /* More room for bytes from the line. */
  void (*room)(void);
  /* True if the core's interrupt controller lets an interrupt end a WFI. */
  bool (*enabled)(unsigned number);
  /* The word of the flash at an address. */
  uint32_t (*flash_word)(uint32_t address);
  /* Whether the board is strapped for the energy regime. */
  bool (*strap)(void);
  /* Whether a clock too fast for the core voltage is let pass. */
  bool (*undervolt)(void);
};

struct chip_window {
  uint32_t base, bytes;
};

struct chip_model {
  const char *name;
  uint32_t flash, flash_bytes;
  uint32_t ram, ram_bytes;
  struct chip_window registers[2]; /* of all peripherals; the second may be empty */
  unsigned marker_pad;             /* bit 0 of the markers; bit 1 is the next pad */
  unsigned timestamp_pad;          /* 0: none */
  const uint32_t *loader;          /* what lies at 0 beside the image, in a ROM of its own where flash is elsewhere; NULL: the image does */
  uint32_t loader_bytes;
  bool armv8; /* its core has no bit bands, which QEMU's machine has */
  unsigned power_on, pin; /* reasons of a reset by power and by the reset pin */

  void (*init)(const struct chip_machine *machine);
  void (*reset)(unsigned reason);
  uint32_t (*read)(uint32_t address);
  void (*write)(uint32_t address, uint32_t value);
  /* Bytes that the line may give, one of them, and how many the core has not read. */
  unsigned (*uart_room)(void);
  void (*uart_receive)(uint8_t byte);
  unsigned (*uart_unread)(void);
  /* The core is about to wait. Nanoseconds after which a timer ends it, 0: an interrupt is pending already, UINT64_MAX: only the line can. */
  uint64_t (*wait)(void);
  /* Lets time-outs that have come happen. */
  void (*tick)(void);
  /* Nanoseconds since the reset at which the watchdog restarts the chip, UINT64_MAX: never. */
  uint64_t (*watchdog_end)(void);
};

extern const struct chip_model apollo3_chip;
extern const struct chip_model nrf52840_chip;
extern const struct chip_model rp2350_chip;

/* core-registers.c: DWT, SCR, AIRCR and DEMCR, the same on every chip. `*_read` and `*_write` return false for registers that are not theirs. */
void core_init(const struct chip_machine *machine, unsigned software_reset);
void core_reset(void);
bool core_read(uint32_t address, uint32_t *value);
bool core_write(uint32_t address, uint32_t value);
bool core_sleeps_deep(void);

#endif
