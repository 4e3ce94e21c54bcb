/* CLOCKS: the reference, the system's clock and the peripherals', and what is clocked in sleep. */
#include "parts.h"

enum { BASE = 0x40010000, REF_CTRL = 0x30, REF_SELECTED = 0x38, SYS_CTRL = 0x3c, SYS_DIV = 0x40, SYS_SELECTED = 0x44, PERI_CTRL = 0x48 };
enum { SLEEP_EN0 = 0xb4, SLEEP_EN1 = 0xb8, ALIASES = 0x3000, DIV_ONE = 1 << 16 };
enum { FROM_RING = 0, FROM_CRYSTAL = 2, SYS_AUX = 1, PERI_ENABLE = 1 << 11, PERI_ENABLED = 1 << 28, AUXSRC = 7 << 5 };
enum { HIGHEST_HZ = 150000000, THERE_AFTER = 3 };

/* `selected`: the source in force; what is asked for comes some reads later. */
static struct {
  uint32_t control, selected;
  unsigned delay;
} ref, sys;
static struct {
  uint32_t control;
  bool enabled;
  unsigned delay;
} peri;
static uint32_t sleep_en[2];

uint32_t rp_reference_hertz(void) {
  return ref.selected == FROM_CRYSTAL ? rp_crystal() : rp_ring();
}

static uint32_t auxiliary(uint32_t control) {
  switch (control >> 5 & 7) {
    case 0: return rp_pll(false);
    case 1: return rp_pll(true);
    case 2: return rp_ring();
    case 3: return rp_crystal();
    default: rp_broken("clk_sys fed by a pin", BASE + SYS_CTRL);
  }
}

uint32_t rp_system_hertz(void) {
  return sys.selected == SYS_AUX ? auxiliary(sys.control) : rp_reference_hertz();
}

uint32_t rp_peripheral_hertz(void) {
  if (!peri.enabled) return 0;
  switch (peri.control >> 5 & 7) {
    case 0: return rp_system_hertz();
    case 1: return rp_pll(false);
    case 2: return rp_pll(true);
    case 3: return rp_ring();
    case 4: return rp_crystal();
    default: rp_broken("clk_peri fed by a pin", BASE + PERI_CTRL);
  }
}

/**
 * The data sheet has 150 MHz at 1.10 V and nothing below. Assumed, for the order of steps alone: half of that at 0.80 V, in proportion between. All levels
 * of the chip profile keep it.
 */
static uint32_t highest(uint32_t millivolts) {
  return millivolts >= 1100 ? HIGHEST_HZ : HIGHEST_HZ / 600 * (millivolts < 500 ? 0 : millivolts - 500);
}

void rp_check_speed(void) {
  uint32_t hertz = rp_system_hertz();
  if (hertz > HIGHEST_HZ) rp_broken("clk_sys above 150 MHz", BASE + SYS_CTRL);
  if (hertz > highest(rp_millivolts()) && !rp_chip.machine->undervolt()) rp_broken("clk_sys too fast for the core voltage: the voltage rises first and falls last", BASE + SYS_CTRL);
}

static void tell(void) {
  rp_check_speed();
  rp_chip.machine->clock(rp_system_hertz(), 0);
}

void rp_clocks_reset(void) {
  ref.control = ref.selected = FROM_RING;
  sys.control = 2 << 5 | SYS_AUX; /* the ring oscillator, on the auxiliary way */
  sys.selected = SYS_AUX;
  ref.delay = sys.delay = peri.delay = 0;
  peri.control = 0;
  peri.enabled = false;
  sleep_en[0] = 0xffffffff;
  sleep_en[1] = 0x7fffffff;
  tell();
}

bool rp_clocked_in_sleep(unsigned word, uint32_t bits) {
  return (sleep_en[word] & bits) == bits;
}

static bool system_uses(enum rp_source source) {
  static const uint32_t ways[] = {[SOURCE_PLL_SYS] = 0, [SOURCE_PLL_USB] = 1, [SOURCE_RING] = 2, [SOURCE_CRYSTAL] = 3};
  bool by_auxiliary = sys.selected == SYS_AUX || (sys.control & 1) == SYS_AUX;
  return by_auxiliary && (sys.control >> 5 & 7) == ways[source];
}

static bool reference_uses(enum rp_source source) {
  uint32_t way = source == SOURCE_RING ? FROM_RING : source == SOURCE_CRYSTAL ? FROM_CRYSTAL : 99;
  return ref.selected == way || (ref.control & 3) == way;
}

static bool peripherals_use(enum rp_source source) {
  static const uint32_t ways[] = {[SOURCE_PLL_SYS] = 1, [SOURCE_PLL_USB] = 2, [SOURCE_RING] = 3, [SOURCE_CRYSTAL] = 4};
  return peri.enabled && (peri.control >> 5 & 7) == ways[source];
}

void rp_need_unused(enum rp_source source, const char *rule, uint32_t address) {
  if (system_uses(source) || reference_uses(source) || peripherals_use(source)) rp_broken(rule, address);
}

static uint32_t read_system_selected(void) {
  if (sys.delay != 0 && --sys.delay == 0) {
    sys.selected = sys.control & 1;
    tell();
  }
  return 1u << sys.selected;
}

static uint32_t read_reference_selected(void) {
  if (ref.delay != 0 && --ref.delay == 0) {
    ref.selected = ref.control & 3;
    tell();
  }
  return 1u << ref.selected;
}

static uint32_t read_peripherals(void) {
  if (peri.delay != 0 && --peri.delay == 0) peri.enabled = (peri.control & PERI_ENABLE) != 0;
  return peri.control | (peri.enabled ? PERI_ENABLED : 0);
}

bool rp_clocks_read(uint32_t address, uint32_t *value) {
  switch (address - BASE) {
    case REF_CTRL: *value = ref.control; return true;
    case REF_SELECTED: *value = read_reference_selected(); return true;
    case SYS_CTRL: *value = sys.control; return true;
    case SYS_DIV: *value = DIV_ONE; return true;
    case SYS_SELECTED: *value = read_system_selected(); return true;
    case PERI_CTRL: *value = read_peripherals(); return true;
    case SLEEP_EN0: case SLEEP_EN1: *value = sleep_en[(address - BASE - SLEEP_EN0) / 4]; return true;
    default: return false;
  }
}

static void write_reference(uint32_t value) {
  if ((value & 1) != 0) rp_broken("clk_ref fed by a source that the model does not have", BASE + REF_CTRL);
  if (ref.delay != 0) rp_broken("clk_ref switched again before CLK_REF_SELECTED says that it is there", BASE + REF_CTRL);
  if ((value & 3) == FROM_CRYSTAL && rp_crystal() == 0) rp_broken("clk_ref switched to the crystal before it is stable", BASE + REF_CTRL);
  if ((value & 3) == FROM_RING && rp_ring() == 0) rp_broken("clk_ref switched to the ring oscillator, which does not run", BASE + REF_CTRL);
  if (((value ^ ref.control) & 3) != 0) ref.delay = THERE_AFTER;
  ref.control = value;
}

static void write_system(uint32_t value) {
  uint32_t changed = value ^ sys.control;
  if (changed != 0 && sys.delay != 0) rp_broken("clk_sys switched again before CLK_SYS_SELECTED says that it is there", BASE + SYS_CTRL);
  if ((changed & AUXSRC) != 0 && sys.selected == SYS_AUX) rp_broken("clk_sys' auxiliary source changed while it is selected: its multiplexer has glitches", BASE + SYS_CTRL);
  if ((changed & AUXSRC) != 0 && (changed & 1) != 0) rp_broken("clk_sys switched to its auxiliary source in the store that changes it", BASE + SYS_CTRL);
  if ((changed & 1) != 0 && (value & 1) == SYS_AUX && auxiliary(value) == 0)
    rp_broken("clk_sys switched to a source that does not run, or has not locked", BASE + SYS_CTRL);
  if ((changed & 1) != 0) sys.delay = THERE_AFTER;
  sys.control = value;
}

static void write_peripherals(uint32_t value) {
  uint32_t changed = value ^ peri.control;
  if ((changed & AUXSRC) != 0 && ((peri.control & PERI_ENABLE) != 0 || peri.enabled))
    rp_broken("clk_peri's source changed before CLK_PERI_CTRL says that it is off", BASE + PERI_CTRL);
  if ((changed & (AUXSRC | PERI_ENABLE)) != 0 && rp_uart_is_on()) rp_broken("clk_peri changed while UART0 is on", BASE + PERI_CTRL);
  peri.control = value & (AUXSRC | PERI_ENABLE);
  if ((changed & PERI_ENABLE) == 0) return;
  peri.enabled = true; /* off only when it is read so */
  peri.delay = (value & PERI_ENABLE) != 0 ? 0 : THERE_AFTER;
  if ((value & PERI_ENABLE) != 0 && rp_peripheral_hertz() == 0) rp_broken("clk_peri enabled from a source that does not run", BASE + PERI_CTRL);
}

bool rp_clocks_write(uint32_t address, uint32_t value) {
  switch ((address & ~(uint32_t)ALIASES) - BASE) {
    case REF_CTRL: write_reference(rp_changed(ref.control, address, value)); return true;
    case SYS_CTRL: write_system(rp_changed(sys.control, address, value)); return true;
    case SYS_DIV:
      if (rp_changed(DIV_ONE, address, value) != DIV_ONE) rp_broken("clk_sys divided, which the model does not do", address);
      return true;
    case PERI_CTRL: write_peripherals(rp_changed(peri.control, address, value)); return true;
    case SLEEP_EN0: sleep_en[0] = rp_changed(sleep_en[0], address, value); return true;
    case SLEEP_EN1: sleep_en[1] = rp_changed(sleep_en[1], address, value) & 0x7fffffff; return true;
    default: return false;
  }
}
