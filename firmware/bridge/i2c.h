/** I2C0 of the RP2040 as a master at 400 kHz, one register access at a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { I2C_MAX_BYTES = 5 };

/** Sets the block up for a system clock of 125 MHz. Its reset is already released. */
void i2c_init(void);

/** Writes the register pointer and reads `count` bytes (at most I2C_MAX_BYTES), first byte first. False when nobody answers. */
bool i2c_read(uint8_t address, uint8_t reg, uint8_t *bytes, uint32_t count);

/** Writes two bytes to a register, high byte first. False when nobody answers. */
bool i2c_write(uint8_t address, uint8_t reg, uint32_t value);
