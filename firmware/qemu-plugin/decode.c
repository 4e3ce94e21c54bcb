/* Encodings: ARMv7-M Architecture Reference Manual (DDI 0403), chapter A5. */
#include "decode.h"

#define REG(n) ((uint16_t)(1u << ((n) & 15)))
enum { SP = 13, PC = 15 };

static int32_t sign_extend(uint32_t value, unsigned bits) {
  uint32_t top = 1u << (bits - 1);
  return (int32_t)((value ^ top) - top);
}

static unsigned bits_set(unsigned value) {
  return (unsigned)__builtin_popcount(value);
}

unsigned it_length(const uint8_t *bytes) {
  return 4 - (unsigned)__builtin_ctz(bytes[0] & 15u);
}

/* ---- 16-bit ---- */

static void decode16_misc(struct instruction *insn, uint16_t h) {
  if ((h & 0xFE00) == 0xB400) { /* PUSH */
    insn->kind = KIND_MULTIPLE;
    insn->words = bits_set(h & 0x1FF);
  } else if ((h & 0xFE00) == 0xBC00) { /* POP */
    insn->kind = (h & 0x100) ? KIND_POP_PC : KIND_MULTIPLE;
    insn->words = bits_set(h & 0x1FF);
  } else if ((h & 0xF500) == 0xB100) { /* CBZ, CBNZ */
    insn->kind = KIND_BRANCH_CONDITIONAL;
    insn->target = insn->pc + 4 + (((h >> 3) & 0x1Fu) << 1) + ((h & 0x200) ? 0x40u : 0u);
  } else if ((h & 0xFF00) == 0xBF00) {
    if (h & 15) insn->kind = KIND_IT;
    insn->waits = h == 0xBF30;
  } else if ((h & 0xFF00) == 0xB000) { /* ADD/SUB SP */
    insn->produced = REG(SP);
  } else if ((h & 0xFF00) == 0xB200 || (h & 0xFF00) == 0xBA00) { /* extend, reverse */
    insn->produced = REG(h & 7);
  }
}

static void decode16_register(struct instruction *insn, uint16_t h) {
  if ((h & 0xFC00) == 0x4000) { /* data processing */
    unsigned op = (h >> 6) & 15;
    if (op == 13) insn->kind = KIND_MUL;
    if (op != 8 && op != 10 && op != 11) insn->produced = REG(h & 7);
  } else if ((h & 0xFF00) == 0x4700) { /* BX, BLX */
    insn->kind = KIND_BRANCH_INDIRECT;
  } else if ((h & 0xFC00) == 0x4400) { /* high registers */
    unsigned rd = (h & 7) | ((h >> 4) & 8);
    if ((h & 0x300) == 0x100) return; /* CMP */
    if (rd == PC) insn->kind = KIND_BRANCH_INDIRECT;
    else insn->produced = REG(rd);
  } else { /* LDR literal */
    insn->kind = KIND_LOAD;
    insn->loaded = REG((h >> 8) & 7);
  }
}

static void decode16_transfer(struct instruction *insn, uint16_t h) {
  if ((h >> 12) == 5) {
    insn->address = REG((h >> 6) & 7) | REG((h >> 3) & 7);
    bool store = ((h >> 9) & 7) <= 2;
    insn->kind = store ? KIND_STORE_INDEXED : KIND_LOAD;
    if (!store) insn->loaded = REG(h & 7);
    insn->stores = store;
    return;
  }
  bool by_sp = (h >> 12) == 9;
  insn->address = by_sp ? REG(SP) : REG((h >> 3) & 7);
  if (h & 0x800) {
    insn->kind = KIND_LOAD;
    insn->loaded = by_sp ? REG((h >> 8) & 7) : REG(h & 7);
  } else {
    insn->kind = KIND_STORE;
    insn->stores = !by_sp;
  }
}

static void decode16(struct instruction *insn, uint16_t h) {
  switch (h >> 12) {
  case 0:
  case 1:
    insn->produced = REG(h & 7);
    break;
  case 2:
  case 3:
    if ((h & 0xF800) != 0x2800) insn->produced = REG((h >> 8) & 7);
    break;
  case 4:
    decode16_register(insn, h);
    break;
  case 5:
  case 6:
  case 7:
  case 8:
  case 9:
    decode16_transfer(insn, h);
    break;
  case 0xA:
    insn->produced = REG((h >> 8) & 7);
    break;
  case 0xB:
    decode16_misc(insn, h);
    break;
  case 0xC:
    insn->kind = KIND_MULTIPLE;
    insn->address = REG((h >> 8) & 7);
    insn->words = bits_set(h & 0xFF);
    insn->stores = !(h & 0x800);
    break;
  case 0xD:
    if ((h & 0x0F00) < 0x0E00) {
      insn->kind = KIND_BRANCH_CONDITIONAL;
      insn->target = insn->pc + 4 + (uint32_t)(sign_extend(h & 0xFF, 8) * 2);
    }
    break;
  case 0xE:
    insn->kind = KIND_BRANCH;
    insn->target = insn->pc + 4 + (uint32_t)(sign_extend(h & 0x7FF, 11) * 2);
    break;
  default:
    break;
  }
}

/* ---- 32-bit ---- */

static void decode32_branch(struct instruction *insn, uint16_t h, uint16_t g) {
  uint32_t s = (h >> 10) & 1, j1 = (g >> 13) & 1, j2 = (g >> 11) & 1;
  if ((g & 0xD000) == 0x8000) {
    if ((h & 0x0380) == 0x0380) { /* system */
      if (h == 0xF3BF) insn->kind = KIND_BARRIER;
      insn->waits = h == 0xF3AF && g == 0x8003;
      return;
    }
    insn->kind = KIND_BRANCH_CONDITIONAL;
    uint32_t offset = s << 20 | j2 << 19 | j1 << 18 | (h & 0x3Fu) << 12 | (g & 0x7FFu) << 1;
    insn->target = insn->pc + 4 + (uint32_t)sign_extend(offset, 21);
    return;
  }
  uint32_t i1 = !(j1 ^ s), i2 = !(j2 ^ s);
  uint32_t offset = s << 24 | i1 << 23 | i2 << 22 | (h & 0x3FFu) << 12 | (g & 0x7FFu) << 1;
  insn->kind = (g & 0x4000) ? KIND_CALL : KIND_BRANCH;
  insn->target = insn->pc + 4 + (uint32_t)sign_extend(offset, 25);
}

static void decode32_multiply(struct instruction *insn, uint16_t h, uint16_t g) {
  insn->produced = REG(g >> 8);
  if ((h & 0xFF80) == 0xFB00) {
    if ((h & 0xFFF0) == 0xFB00) {
      insn->kind = ((g & 0xF0) == 0 && (g >> 12) == PC) ? KIND_MUL : KIND_MLA;
    } else {
      insn->kind = KIND_DSP;
      insn->needs_dsp = true;
    }
    return;
  }
  if ((h & 0xFFD0) == 0xFB90) {
    insn->kind = KIND_DIV;
    return;
  }
  insn->kind = (h & 0xFFD0) == 0xFB80 ? KIND_MULL : KIND_MLAL;
  insn->needs_dsp = (g & 0xF0) != 0;
  insn->produced |= REG(g >> 12);
}

static void decode32_multiple(struct instruction *insn, uint16_t h, uint16_t g) {
  insn->address = REG(h);
  insn->stores = !(h & 0x10) && (h & 15) != SP;
  if ((h & 0xFE40) == 0xE800) {
    insn->words = bits_set(g);
    insn->kind = ((h & 0x10) && (g & 0x8000)) ? KIND_POP_PC : KIND_MULTIPLE;
  } else if ((h & 0xFFF0) == 0xE8D0 && (g & 0xFFE0) == 0xF000) {
    insn->kind = KIND_TABLE_BRANCH;
  } else {
    bool exclusive = (h & 0xFFE0) == 0xE840 || (h & 0xFFE0) == 0xE8C0;
    insn->kind = KIND_MULTIPLE;
    insn->words = exclusive ? 1 : 2;
  }
}

static void decode32_transfer(struct instruction *insn, uint16_t h, uint16_t g) {
  unsigned rt = g >> 12, rn = h & 15;
  bool load = h & 0x10;
  if (load && rt == PC) {
    if (((h >> 5) & 3) == 2) insn->kind = KIND_LOAD_PC; /* otherwise a preload hint */
    return;
  }
  bool indexed = !(h & 0x80) && rn != PC && !(g & 0x0FC0);
  insn->address = rn == PC ? 0 : REG(rn);
  if (indexed) insn->address |= REG(g);
  if (load) {
    insn->kind = KIND_LOAD;
    insn->loaded = REG(rt);
  } else {
    insn->kind = indexed ? KIND_STORE_INDEXED : KIND_STORE;
    insn->stores = rn != SP;
  }
}

/** VMLA, VMLS, VNMLA, VNMLS and their fused kin; bit 4 set would make it a move between a core register and the FPU. */
static bool multiplies_and_adds(uint16_t h, uint16_t g) {
  uint16_t operation = h & 0xFFB0;
  bool known = operation == 0xEE00 || operation == 0xEE10 || operation == 0xEEA0 || operation == 0xEE90;
  return known && (g & 0x10) == 0;
}

static void decode32_fpu(struct instruction *insn, uint16_t h, uint16_t g) {
  insn->kind = KIND_FPU;
  insn->words = 1;
  if ((h & 0xFE00) == 0xEC00) {
    insn->address = REG(h);
    if ((h & 0xFF20) == 0xED00) { /* VLDR, VSTR */
      insn->kind = (h & 0x10) ? KIND_LOAD : KIND_STORE;
      insn->stores = !(h & 0x10);
    } else if ((h & 0xFFE0) == 0xEC40) { /* two core registers */
      insn->words = 2;
      insn->address = 0;
    } else {
      insn->kind = KIND_MULTIPLE;
      insn->words = g & 0xFF;
      insn->stores = !(h & 0x10);
    }
  } else if ((h & 0xFFB0) == 0xEE80 || ((h & 0xFFBF) == 0xEEB1 && (g & 0xC0) == 0xC0)) {
    insn->words = 14; /* VDIV, VSQRT */
  } else if (multiplies_and_adds(h, g)) {
    insn->words = 3;
  }
}

/* 0xFAxx: register shifts, extends and bit reversal are ARMv7-M; the rest is the DSP extension. */
static void decode32_register(struct instruction *insn, uint16_t h, uint16_t g) {
  insn->produced = REG(g >> 8);
  unsigned op = (h >> 4) & 15;
  if (!(h & 0x80)) {
    if (!(g & 0x80)) return; /* LSL LSR ASR ROR */
    bool halfword_pair = op == 2 || op == 3;
    insn->needs_dsp = halfword_pair || (h & 15) != PC;
    if (halfword_pair) insn->kind = KIND_DSP;
  } else if (!(g & 0x80)) {
    insn->kind = KIND_DSP; /* parallel add and subtract */
    insn->needs_dsp = true;
  } else {
    insn->needs_dsp = op == 8 || op == 10; /* QADD.. and SEL; 9 is REV.., 11 is CLZ */
  }
}

static void decode32(struct instruction *insn, uint16_t h, uint16_t g) {
  if ((h & 0xF800) == 0xF000) {
    if (g & 0x8000) {
      decode32_branch(insn, h, g);
      return;
    }
    insn->produced = REG(g >> 8);
    insn->needs_dsp = ((h & 0xFFF0) == 0xF320 || (h & 0xFFF0) == 0xF3A0) && !(g & 0x70C0); /* SSAT16, USAT16 */
  } else if ((h & 0xFF00) == 0xFB00) {
    decode32_multiply(insn, h, g);
  } else if ((h & 0xFE00) == 0xE800) {
    decode32_multiple(insn, h, g);
  } else if ((h & 0xFE00) == 0xF800) {
    decode32_transfer(insn, h, g);
  } else if ((h & 0xEC00) == 0xEC00) {
    decode32_fpu(insn, h, g);
  } else if ((h & 0xFE00) == 0xEA00) {
    insn->produced = REG(g >> 8);
    insn->needs_dsp = (h & 0xFFE0) == 0xEAC0; /* PKHBT, PKHTB */
  } else if ((h & 0xFF00) == 0xFA00) {
    decode32_register(insn, h, g);
  }
}

struct instruction decode(uint32_t pc, const uint8_t *bytes) {
  uint16_t h = (uint16_t)(bytes[0] | bytes[1] << 8);
  struct instruction insn = {.pc = pc, .size = (h >> 11) >= 0x1D ? 4 : 2, .kind = KIND_ALU};
  if (insn.size == 2) decode16(&insn, h);
  else decode32(&insn, h, (uint16_t)(bytes[2] | bytes[3] << 8));
  insn.produced &= (uint16_t)~REG(PC);
  return insn;
}
