/* P0 and P1. */
#include "parts.h"

enum { P0 = 0x50000000, PORT_STEP = 0x300, OUT = 0x504, OUTSET = 0x508, OUTCLR = 0x50c, IN = 0x510, DIR = 0x514, DIRSET = 0x518, DIRCLR = 0x51c };
enum { CNF = 0x700, CNF_P1 = 0xa00, CNF_OUTPUT = 1, CNF_NO_INPUT = 2, PINS = 48 };

/** Address of a register of the port that holds a pin. */
static uint32_t at(unsigned pin, uint32_t offset) {
  return P0 + offset + pin / 32 * PORT_STEP;
}

static uint32_t *configuration(unsigned pin) {
  return nrf_register(P0 + (pin < 32 ? CNF : CNF_P1) + pin % 32 * 4);
}

bool nrf_gpio_is_output(unsigned pin) {
  return pin < PINS && (*configuration(pin) & CNF_OUTPUT) != 0;
}

bool nrf_gpio_is_input(unsigned pin) {
  return pin < PINS && (*configuration(pin) & (CNF_OUTPUT | CNF_NO_INPUT)) == 0;
}

bool nrf_gpio_is_high(unsigned pin) {
  return (*nrf_register(at(pin, OUT)) >> pin % 32 & 1) != 0;
}

static void tell(void) {
  nrf_machine->pads(*nrf_register(P0 + OUT) & *nrf_register(P0 + DIR));
}

void nrf_gpio_reset(void) {
  tell();
}

/** OUT is how markers are driven: what is raised there must show outside. OUTSET is how software prepares a pin before it becomes an output. */
static void drive(unsigned port, uint32_t before) {
  uint32_t out = *nrf_register(P0 + OUT + port * PORT_STEP), directions = *nrf_register(P0 + DIR + port * PORT_STEP);
  if ((out & ~before & ~directions) != 0) nrf_broken("a pin raised by OUT that is no output (PIN_CNF.DIR)", P0 + OUT + port * PORT_STEP);
}

static void set_directions(unsigned port, uint32_t directions) {
  *nrf_register(P0 + DIR + port * PORT_STEP) = directions;
  for (unsigned pin = 32 * port; pin < PINS && pin < 32 * port + 32; pin++) {
    uint32_t *cnf = configuration(pin);
    *cnf = (*cnf & ~(uint32_t)CNF_OUTPUT) | (directions >> pin % 32 & 1);
  }
}

static void configured(uint32_t offset) {
  unsigned pin = offset < CNF_P1 ? (offset - CNF) / 4 : 32 + (offset - CNF_P1) / 4;
  uint32_t *directions = nrf_register(at(pin, DIR)), bit = 1u << pin % 32;
  *directions = (*configuration(pin) & CNF_OUTPUT) != 0 ? *directions | bit : *directions & ~bit;
}

void nrf_gpio_touch(enum touch touch, uint32_t address, uint32_t before) {
  uint32_t offset = address - P0;
  unsigned port = offset >= 0x800 && offset < CNF_P1 ? 1 : 0;
  uint32_t name = offset - port * PORT_STEP, value = *nrf_register(address);
  uint32_t *out = nrf_register(P0 + OUT + port * PORT_STEP), *directions = nrf_register(P0 + DIR + port * PORT_STEP);
  bool is_configuration = (offset >= CNF && offset < 0x780) || offset >= CNF_P1;
  if (touch == TOUCH_READ) {
    if (!is_configuration && (name == OUTSET || name == OUTCLR)) *nrf_register(address) = *out;
    if (!is_configuration && (name == DIRSET || name == DIRCLR)) *nrf_register(address) = *directions;
    return;
  }
  if (is_configuration) {
    configured(offset);
  } else if (name == OUT) {
    drive(port, before);
  } else if (name == OUTSET || name == OUTCLR) {
    *out = name == OUTSET ? *out | value : *out & ~value;
  } else if (name == DIR) {
    set_directions(port, value);
  } else if (name == DIRSET || name == DIRCLR) {
    set_directions(port, name == DIRSET ? *directions | value : *directions & ~value);
  }
  tell();
}
