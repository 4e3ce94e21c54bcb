#include "i2c.h"

#include "cpu.h"
#include "port_config.h"
#include "registers.h"

/* RP2040 datasheet 4.3.17; timing as 4.3.14 asks: 400 kHz of 125 MHz, low 3/5 of the period, data held for 300 ns. */
#define I2C0 0x40044000u
#define IC_CON (I2C0 + 0x00u)
#define IC_TAR (I2C0 + 0x04u)
#define IC_DATA_CMD (I2C0 + 0x10u)
#define IC_FS_SCL_HCNT (I2C0 + 0x1cu)
#define IC_FS_SCL_LCNT (I2C0 + 0x20u)
#define IC_INTR_MASK (I2C0 + 0x30u)
#define IC_RAW_INTR_STAT (I2C0 + 0x34u)
#define IC_CLR_INTR (I2C0 + 0x40u)
#define IC_ENABLE (I2C0 + 0x6cu)
#define IC_RXFLR (I2C0 + 0x78u)
#define IC_SDA_HOLD (I2C0 + 0x7cu)
#define IC_FS_SPKLEN (I2C0 + 0xa0u)
#define I2C0_IRQ 23u

enum { CON_MASTER_FAST_RESTART = 1 | 2 << 1 | 1 << 5 | 1 << 6 | 1 << 8 };
enum { PERIOD = 313, LOW = PERIOD * 3 / 5, HIGH = PERIOD - LOW, SPIKE = LOW / 16, HOLD = 39 };
enum { COMMAND_READ = 1 << 8, COMMAND_STOP = 1 << 9, COMMAND_RESTART = 1 << 10 };
enum { TX_ABRT = 1 << 6, STOP_DET = 1 << 9 };
enum { GIVE_UP_US = 20000 };

void i2c_init(void) {
  REGISTER(IC_ENABLE) = 0;
  REGISTER(IC_CON) = CON_MASTER_FAST_RESTART;
  REGISTER(IC_FS_SCL_HCNT) = HIGH;
  REGISTER(IC_FS_SCL_LCNT) = LOW;
  REGISTER(IC_FS_SPKLEN) = SPIKE;
  REGISTER(IC_SDA_HOLD) = HOLD;
  REGISTER(IC_INTR_MASK) = 0;
  cpu_enable_irq(I2C0_IRQ);
}

/** The end of a transfer only has to end the sleep. */
void i2c_handler(void) {
  REGISTER(IC_INTR_MASK) = 0;
}

/** Addresses the sensor; the FIFO is empty afterwards. */
static void begin(uint8_t address) {
  REGISTER(IC_ENABLE) = 0;
  REGISTER(IC_TAR) = address;
  REGISTER(IC_ENABLE) = 1;
  (void)REGISTER(IC_CLR_INTR);
}

/** Sleeps until the stop condition is on the bus; other interrupts are served meanwhile. A bus that hangs is given up at the next of them. */
static bool finish(void) {
  uint32_t start = REGISTER(TIMER_RAW_LOW);
  for (;;) {
    uint32_t mask = cpu_mask_interrupts();
    if (REGISTER(TIMER_RAW_LOW) - start > GIVE_UP_US) {
      cpu_restore_interrupts(mask);
      return false;
    }
    uint32_t status = REGISTER(IC_RAW_INTR_STAT);
    if ((status & STOP_DET) != 0) {
      cpu_restore_interrupts(mask);
      (void)REGISTER(IC_CLR_INTR);
      return (status & TX_ABRT) == 0;
    }
    REGISTER(IC_INTR_MASK) = STOP_DET;
    cpu_wait_for_interrupt();
    cpu_restore_interrupts(mask);
  }
}

bool i2c_read(uint8_t address, uint8_t reg, uint8_t *bytes, uint32_t count) {
  begin(address);
  REGISTER(IC_DATA_CMD) = reg;
  for (uint32_t i = 0; i < count; i++)
    REGISTER(IC_DATA_CMD) = COMMAND_READ | (i == 0 ? COMMAND_RESTART : 0) | (i + 1 == count ? COMMAND_STOP : 0);
  if (!finish() || REGISTER(IC_RXFLR) != count) return false;
  for (uint32_t i = 0; i < count; i++) bytes[i] = (uint8_t)REGISTER(IC_DATA_CMD);
  return true;
}

bool i2c_write(uint8_t address, uint8_t reg, uint32_t value) {
  begin(address);
  REGISTER(IC_DATA_CMD) = reg;
  REGISTER(IC_DATA_CMD) = value >> 8 & 0xffu;
  REGISTER(IC_DATA_CMD) = (value & 0xffu) | COMMAND_STOP;
  return finish();
}
