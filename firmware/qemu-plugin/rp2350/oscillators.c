/* XOSC, ROSC and both PLLs. */
#include <stddef.h>
#include <string.h>

#include "parts.h"

enum { XOSC = 0x40048000, ROSC = 0x400e8000, PLL_SYS = 0x40050000, PLL_USB = 0x40058000, ALIASES = 0x3000 };
enum { CRYSTAL_HZ = 12000000, RING_HZ = 11000000 }; /* ROSC: 11 MHz nominal (data sheet 8.3) */
enum { ENABLE = 0xfab, DISABLE = 0xd1e, RANGE_1_15MHZ = 0xaa0, RANGE_AFTER_RESET = 0xaa0, DELAY_1MS = 47 };
enum { PD = 1 << 0, DSMPD = 1 << 2, POSTDIVPD = 1 << 3, VCOPD = 1 << 5, POWER = 0x2d };
#define STABLE 0x80000000u
/* Reads of a status after which it is there: software that does not wait must not see it at once. */
enum { THERE_AFTER = 3 };

static struct {
  uint32_t control, startup;
  unsigned delay;
} crystal, ring;

static struct pll {
  uint32_t base, refdiv, power, fbdiv, prim;
  unsigned delay;
} plls[2];

static const char *const pll_unused[] = {"PLL_SYS switched off while a clock runs from it", "PLL_USB switched off while a clock runs from it"};

void rp_oscillators_reset(void) {
  memset(&crystal, 0, sizeof crystal);
  memset(&ring, 0, sizeof ring);
  ring.control = ENABLE << 12 | RANGE_AFTER_RESET;
  for (unsigned i = 0; i < 2; i++) plls[i] = (struct pll){.base = i == 0 ? PLL_SYS : PLL_USB, .refdiv = 1, .power = POWER, .prim = 0x77000};
}

static bool on(uint32_t control) {
  return control >> 12 == ENABLE;
}

uint32_t rp_crystal(void) {
  return on(crystal.control) && crystal.delay == 0 ? CRYSTAL_HZ : 0;
}

uint32_t rp_ring(void) {
  return on(ring.control) && ring.delay == 0 ? RING_HZ : 0;
}

bool rp_ring_oscillator_runs(void) {
  return on(ring.control);
}

static uint32_t vco(const struct pll *pll) {
  return rp_crystal() / pll->refdiv * pll->fbdiv;
}

static bool locked(const struct pll *pll) {
  return (pll->power & (PD | VCOPD)) == 0 && pll->delay == 0;
}

uint32_t rp_pll(bool usb) {
  const struct pll *pll = &plls[usb];
  if (!locked(pll) || (pll->power & POSTDIVPD) != 0) return 0;
  return vco(pll) / ((pll->prim >> 16 & 7) * (pll->prim >> 12 & 7));
}

static struct pll *pll_at(uint32_t address) {
  uint32_t base = address & ~(uint32_t)(ALIASES | 0xfff);
  return base == PLL_SYS ? &plls[0] : base == PLL_USB ? &plls[1] : NULL;
}

static uint32_t read_status(uint32_t control, unsigned *delay) {
  if (!on(control)) return 0;
  if (*delay != 0) (*delay)--;
  return 1 << 12 | (*delay == 0 ? STABLE : 0);
}

bool rp_oscillators_read(uint32_t address, uint32_t *value) {
  struct pll *pll = pll_at(address);
  if (pll != NULL) {
    switch (address & 0xfff) {
      case 0x0:
        if ((pll->power & (PD | VCOPD)) == 0 && pll->delay != 0) pll->delay--;
        *value = pll->refdiv | (locked(pll) ? STABLE : 0);
        return true;
      case 0x4: *value = pll->power; return true;
      case 0x8: *value = pll->fbdiv; return true;
      case 0xc: *value = pll->prim; return true;
      default: return false;
    }
  }
  switch (address) {
    case XOSC: *value = crystal.control; return true;
    case XOSC + 4: *value = read_status(crystal.control, &crystal.delay); return true;
    case XOSC + 0xc: *value = crystal.startup; return true;
    case ROSC: *value = ring.control; return true;
    case ROSC + 0x1c: *value = read_status(ring.control, &ring.delay); return true;
    default: return false;
  }
}

static void need_code(uint32_t control, uint32_t address) {
  uint32_t code = control >> 12 & 0xfff;
  if (code != ENABLE && code != DISABLE) rp_broken("an oscillator's ENABLE with neither the code for on nor that for off", address);
}

static void write_crystal(uint32_t value) {
  need_code(value, XOSC);
  if ((value & 0xfff) != RANGE_1_15MHZ) rp_broken("the crystal's FREQ_RANGE is not that of 12 MHz", XOSC);
  if (on(value) && (crystal.startup & 0x3fff) < DELAY_1MS) rp_broken("the crystal started with less than its 1 ms in STARTUP.DELAY", XOSC);
  if (!on(value)) rp_need_unused(SOURCE_CRYSTAL, "the crystal switched off while a clock runs from it", XOSC);
  if (on(value) && !on(crystal.control)) crystal.delay = THERE_AFTER;
  crystal.control = value;
}

static void write_ring(uint32_t value) {
  need_code(value, ROSC);
  if (!on(value)) rp_need_unused(SOURCE_RING, "the ring oscillator switched off while a clock runs from it", ROSC);
  if (!on(value) && rp_watchdog_end() != UINT64_MAX)
    rp_broken("the ring oscillator switched off while the watchdog runs, which would restart into it", ROSC);
  if (on(value) && !on(ring.control)) ring.delay = THERE_AFTER;
  ring.control = value;
}

static void check_vco(const struct pll *pll) {
  if (rp_crystal() == 0) rp_broken("a PLL started before the crystal is stable", pll->base + 4);
  if (pll->fbdiv < 16 || pll->fbdiv > 320) rp_broken("a PLL's FBDIV outside of 16 to 320", pll->base + 8);
  if (rp_crystal() / pll->refdiv < 5000000) rp_broken("a PLL's reference below 5 MHz", pll->base);
  if (vco(pll) < 750000000 || vco(pll) > 1600000000) rp_broken("a PLL's VCO outside of 750 to 1600 MHz", pll->base + 8);
}

static void write_power(struct pll *pll, uint32_t value) {
  bool ran = (pll->power & (PD | VCOPD)) == 0, runs = (value & (PD | VCOPD)) == 0;
  if ((value & DSMPD) == 0) rp_broken("a PLL's DSMPD cleared: it has no fractional mode", pll->base + 4);
  if ((value & POWER & ~pll->power) != 0) rp_need_unused(pll == plls ? SOURCE_PLL_SYS : SOURCE_PLL_USB, pll_unused[pll != plls], pll->base + 4);
  if (runs && !ran) {
    check_vco(pll);
    pll->delay = THERE_AFTER;
  }
  if ((pll->power & ~value & POSTDIVPD) != 0 && (!ran || !locked(pll))) rp_broken("a PLL's post dividers switched on before it has locked", pll->base + 4);
  pll->power = value & POWER;
}

static bool write_pll(struct pll *pll, uint32_t address, uint32_t value) {
  bool runs = (pll->power & (PD | VCOPD)) == 0;
  switch (address & 0xfff) {
    case 0x0:
      value = rp_changed(pll->refdiv, address, value) & 0x3f;
      if (runs && value != pll->refdiv) rp_broken("a PLL's REFDIV changed while its VCO runs", address);
      if (value == 0) rp_broken("a PLL's REFDIV of 0", address);
      pll->refdiv = value;
      return true;
    case 0x4: write_power(pll, rp_changed(pll->power, address, value)); return true;
    case 0x8:
      value = rp_changed(pll->fbdiv, address, value) & 0xfff;
      if (runs && value != pll->fbdiv) rp_broken("a PLL's FBDIV changed while its VCO runs", address);
      pll->fbdiv = value;
      return true;
    case 0xc:
      value = rp_changed(pll->prim, address, value) & 0x77000;
      if ((pll->power & POSTDIVPD) == 0 && value != pll->prim) rp_broken("a PLL's post dividers changed while they are on", address);
      if ((value >> 16 & 7) == 0 || (value >> 12 & 7) == 0) rp_broken("a PLL's post divider of 0", address);
      pll->prim = value;
      return true;
    default: return false;
  }
}

bool rp_oscillators_write(uint32_t address, uint32_t value) {
  struct pll *pll = pll_at(address);
  if (pll != NULL) return write_pll(pll, address, value);
  switch (address & ~(uint32_t)ALIASES) {
    case XOSC: write_crystal(rp_changed(crystal.control, address, value)); return true;
    case XOSC + 0xc: crystal.startup = rp_changed(crystal.startup, address, value); return true;
    case ROSC: write_ring(rp_changed(ring.control, address, value)); return true;
    default: return false;
  }
}
